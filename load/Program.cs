using System.CommandLine;
using FastRelay.Equipment;
using FastRelay.Load;
using FastRelay.Load.Commands;

var root = new RootCommand("Loads for FastRelay: real processes, real sockets, loopback only.")
{
    HeartbeatsCommand.Create(),
    HandshakesCommand.Create(),
    RequestsCommand.Create(),
    ResumeStormCommand.Create(),
    ForgedCommand.Create(),
    VersusCommand.Create(),
    IdleTcpCommand.Create(),
    ServeCommand.Create(),
    GuardCommand.Create(),
    EchoCommand.Create(),
    BareCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is LoadException or EquipmentException or OperationCanceledException)
{
    await Console.Error.WriteLineAsync($"load: {e.Message}");
    return (e as LoadException)?.ExitCode ?? 1;
}
