using System.CommandLine;
using FastRelay.Load.Handshakes;

namespace FastRelay.Load.Commands;

/// <summary>
/// <c>handshakes</c>: a real server on one core; on the others, clients that connect, shake hands and close, again and again. One third of the
/// time for each kind.
/// </summary>
internal static class HandshakesCommand
{
    private static readonly Option<int> Seconds = CommonOptions.Seconds();
    private static readonly Option<int> Copies = CommonOptions.Number("--copies", "Clients at once.", 32, 1, 250);

    public static Command Create() => MeasuringCommand.Create(
        "handshakes", "Handshakes per server CPU-second: full, with a cached certificate, with a device's signature.", [Seconds, Copies],
        async (parsed, display, cancellation) =>
        {
            var run = new HandshakeRun(TimeSpan.FromSeconds(parsed.GetValue(Seconds)), parsed.GetValue(Copies));
            return (await run.RunAsync(display, cancellation)).ToReport();
        });
}
