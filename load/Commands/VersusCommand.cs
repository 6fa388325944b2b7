using System.CommandLine;
using FastRelay.Load.Versus;

namespace FastRelay.Load.Commands;

/// <summary>
/// <c>versus</c>: another program's own keep-alive and our heartbeats in one run, each on the same core, from the same generator, and the
/// ratio. The peer has to be installed; it is started on loopback with a configuration of its own and ended with the run.
/// </summary>
internal static class VersusCommand
{
    private static readonly Argument<string> Name = NameArgument();
    private static readonly Option<int> Devices = CommonOptions.Number("--devices", "Source addresses, each a client.", 1_000, 1, 20_000);
    private static readonly Option<int> Seconds = CommonOptions.Seconds();
    private static readonly Option<int> Window = CommonOptions.Number("--window", "Requests under way at once.", 128, 8, 2_048);

    public static Command Create()
    {
        var command = MeasuringCommand.Create(
            "versus", "Our heartbeats against another program's requests, each per CPU-second.", [Devices, Seconds, Window],
            async (parsed, display, cancellation) =>
            {
                var run = new VersusRun(
                    Peer.All[parsed.GetValue(Name)!], parsed.GetValue(Devices), TimeSpan.FromSeconds(parsed.GetValue(Seconds)), parsed.GetValue(Window));
                return (await run.RunAsync(display, cancellation)).ToReport();
            });
        command.Arguments.Add(Name);
        return command;
    }

    private static Argument<string> NameArgument()
    {
        var argument = new Argument<string>("peer") { Description = $"{string.Join(" or ", Peer.All.Keys)}." };
        argument.AcceptOnlyFromAmong([.. Peer.All.Keys]);
        return argument;
    }
}
