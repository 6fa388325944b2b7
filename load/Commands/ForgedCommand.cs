using System.CommandLine;
using FastRelay.Load.Forged;

namespace FastRelay.Load.Commands;

/// <summary><c>forged</c>: a flood of forged datagrams beside real devices.</summary>
internal static class ForgedCommand
{
    private static readonly Option<int> Devices = CommonOptions.Number("--devices", "Real devices.", 10_000, 1, 1_000_000);
    private static readonly Option<int> Interval = CommonOptions.Number("--interval", "Their heartbeat interval in seconds.", 5, 1, 400);
    private static readonly Option<int> Seconds = CommonOptions.Seconds();

    public static Command Create() => MeasuringCommand.Create(
        "forged", "What real devices lose while forged datagrams come as fast as the kernel takes them.", [Devices, Interval, Seconds, CommonOptions.Entry],
        async (parsed, display, cancellation) =>
        {
            var run = new ForgedRun(new ForgedSettings
            {
                Devices = parsed.GetValue(Devices),
                Interval = TimeSpan.FromSeconds(parsed.GetValue(Interval)),
                During = TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
                Entry = parsed.GetValue(CommonOptions.Entry),
            });
            return (await run.RunAsync(display, cancellation)).ToReport();
        });
}
