using System.CommandLine;
using FastRelay.Load.Storm;

namespace FastRelay.Load.Commands;

/// <summary><c>resume-storm</c>: a server is killed under all its devices and started again.</summary>
internal static class ResumeStormCommand
{
    private static readonly Option<int> Devices = CommonOptions.Number("--devices", "Devices that lose their server.", 10_000, 1, 10_000_000);
    private static readonly Option<int> Seconds = CommonOptions.Number("--seconds", "How long they heartbeat before.", 5, 1, 600);
    private static readonly Option<int> Interval = CommonOptions.Number("--interval", "The heartbeat interval in seconds.", 25, 1, 400);
    private static readonly Option<int> Window = CommonOptions.Number("--window", "With --at-once: devices on their way at once.", 256, 1, 2_048);
    private static readonly Option<bool> AtOnce = new("--at-once") { Description = "All come back as fast as the server takes them, in place of each when it finds out." };

    public static Command Create() => MeasuringCommand.Create(
        "resume-storm", "SIGKILL and restart under N devices: time until they are bound again, RESUMEs per server CPU-second.",
        [Devices, Seconds, Interval, Window, AtOnce],
        async (parsed, display, cancellation) =>
        {
            var run = new StormRun(new StormSettings
            {
                Devices = parsed.GetValue(Devices),
                Before = TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
                Interval = TimeSpan.FromSeconds(parsed.GetValue(Interval)),
                Window = parsed.GetValue(Window),
                AtOnce = parsed.GetValue(AtOnce),
            });
            return (await run.RunAsync(display, cancellation)).ToReport();
        });
}
