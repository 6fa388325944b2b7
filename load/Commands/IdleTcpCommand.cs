using System.CommandLine;
using FastRelay.Load.IdleTcp;

namespace FastRelay.Load.Commands;

/// <summary><c>idle-tcp</c>: what a connection costs the server while nothing happens on it.</summary>
internal static class IdleTcpCommand
{
    private static readonly Option<int> Connections = CommonOptions.Number("--connections", "Issuers' connections.", 2_000, 1, 100_000);

    public static Command Create() => MeasuringCommand.Create(
        "idle-tcp", "Memory of connections that have shaken hands and say nothing.", [Connections],
        async (parsed, display, cancellation) => (await new IdleTcpRun(parsed.GetValue(Connections)).RunAsync(display, cancellation)).ToReport());
}
