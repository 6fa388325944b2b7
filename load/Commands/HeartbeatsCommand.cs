using System.CommandLine;
using FastRelay.Load.Swarm;

namespace FastRelay.Load.Commands;

/// <summary>
/// <c>heartbeats</c>: a real server on one core, a swarm of real sessions on the others, and the bare echo on the server's core with the
/// same generator and the same datagrams, half of it before and half after, so that a machine that gets slower meanwhile blurs the ratio less.
/// </summary>
internal static class HeartbeatsCommand
{
    private static readonly Option<int> Devices = CommonOptions.Number("--devices", "Devices that heartbeat.", 1_000, 1, 10_000_000);
    private static readonly Option<int> Seconds = CommonOptions.Seconds();
    private static readonly Option<int> AckEvery = CommonOptions.Number("--ack-every", "Every how many heartbeats a device asks for an ACK.", 1, 1, 15);
    private static readonly Option<int> Window = CommonOptions.Number("--window", "ACKs awaited at once.", 256, 1, 2_048);
    private static readonly Option<bool> Paced = new("--paced") { Description = "Devices keep to the interval, in place of sending as fast as they are answered." };
    private static readonly Option<int> Interval = CommonOptions.Number("--interval", "With --paced: the heartbeat interval in seconds.", 25, 1, 400);

    public static Command Create() => MeasuringCommand.Create(
        "heartbeats", "Authenticated heartbeats per server CPU-second, against a bare echo.", [Devices, Seconds, AckEvery, Window, Paced, Interval, CommonOptions.Entry],
        async (parsed, display, cancellation) =>
        {
            var run = new HeartbeatRun(new HeartbeatSettings
            {
                Devices = parsed.GetValue(Devices),
                During = TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
                AckEvery = parsed.GetValue(AckEvery),
                Window = parsed.GetValue(Window),
                Interval = parsed.GetValue(Paced) ? TimeSpan.FromSeconds(parsed.GetValue(Interval)) : null,
                Entry = parsed.GetValue(CommonOptions.Entry),
            });
            return (await run.RunAsync(display, cancellation)).ToReport();
        });
}
