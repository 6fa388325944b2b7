using System.CommandLine;
using FastRelay.Load.Requests;

namespace FastRelay.Load.Commands;

/// <summary>
/// <c>requests</c>: real devices and a real issuer of the equipment library ask a real server for connections at a fixed rate. What is
/// measured is the way with the device's second connection open, which stands for 30 s after the last request.
/// </summary>
internal static class RequestsCommand
{
    /// <summary>A closed connection holds its port for a minute: with more a minute the machine runs out of ports, not the server.</summary>
    private const int MostRequests = 20_000;

    private static readonly Option<int> Asked = CommonOptions.Number("--asked", "Devices that are asked for in turn.", 20, 1, 500);
    private static readonly Option<int> Devices = CommonOptions.Number("--devices", "Simulated devices that heartbeat meanwhile.", 0, 0, 10_000_000);
    private static readonly Option<int> HeartbeatRate = CommonOptions.Number("--heartbeat-rate", "Heartbeats a second of all of them together.", 50_000, 1, 1_000_000);
    private static readonly Option<int> Rate = CommonOptions.Number("--rate", "Requests a second.", 20, 1, 2_000);
    private static readonly Option<int> Seconds = CommonOptions.Seconds();

    public static Command Create()
    {
        var command = MeasuringCommand.Create(
            "requests", "From a request to the accepted stream, through the whole path.", [Asked, Rate, Seconds, Devices, HeartbeatRate, CommonOptions.Entry],
            async (parsed, display, cancellation) =>
            {
                var run = new RequestRun(new RequestSettings
                {
                    Asked = parsed.GetValue(Asked),
                    Rate = parsed.GetValue(Rate),
                    During = TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
                    Devices = parsed.GetValue(Devices),
                    HeartbeatRate = parsed.GetValue(HeartbeatRate),
                    Entry = parsed.GetValue(CommonOptions.Entry),
                });
                return (await run.RunAsync(display, cancellation)).ToReport();
            });
        command.Validators.Add(result =>
        {
            if ((long)result.GetValue(Rate) * result.GetValue(Seconds) > MostRequests) result.AddError($"--rate times --seconds: it must be at most {MostRequests}.");
        });
        return command;
    }
}
