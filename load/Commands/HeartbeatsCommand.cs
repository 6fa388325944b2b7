using System.CommandLine;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Commands;

/// <summary>
/// <c>heartbeats</c>: a real server on one core, a swarm of real sessions on the others, and the bare echo on the server's core with the
/// same generator and the same datagrams, half of it before and half after, so that a machine that gets slower meanwhile blurs the ratio less.
/// </summary>
internal static class HeartbeatsCommand
{
    private static readonly Option<int> Devices = CommonOptions.Number("--devices", "Devices that heartbeat.", 1_000, 1, 20_000);
    private static readonly Option<int> Seconds = CommonOptions.Seconds();
    private static readonly Option<int> AckEvery = CommonOptions.Number("--ack-every", "Every how many heartbeats a device asks for an ACK.", 1, 1, 15);
    private static readonly Option<int> Window = CommonOptions.Number("--window", "Heartbeats under way at once.", 128, 1, 2_048);

    public static Command Create() => MeasuringCommand.Create(
        "heartbeats", "Authenticated heartbeats per server CPU-second, against a bare echo.", [Devices, Seconds, AckEvery, Window],
        async (parsed, display, cancellation) =>
        {
            var run = new HeartbeatRun(
                parsed.GetValue(Devices), TimeSpan.FromSeconds(parsed.GetValue(Seconds)), parsed.GetValue(AckEvery), parsed.GetValue(Window));
            return (await run.RunAsync(display, cancellation)).ToReport();
        });
}
