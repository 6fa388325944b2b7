using BenchmarkDotNet.Running;
using FastRelay.Bench;
using FastRelay.Bench.Gate;

if (args is ["gate"]) return AllocationGate.Run(Console.Out);

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, new BenchConfig());
return 0;
