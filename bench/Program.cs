using System.Globalization;
using BenchmarkDotNet.Running;
using FastRelay.Bench;
using FastRelay.Bench.Gate;
using FastRelay.Bench.Tables;

if (args is ["gate"]) return AllocationGate.Run(Console.Out);
if (args is ["tables", ..]) return LargeTables.Run(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000_000, Console.Out);

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new BenchConfig());
return 0;
