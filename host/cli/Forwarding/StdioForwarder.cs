using FastRelay.Equipment;

namespace FastRelay.Cli.Forwarding;

/// <summary>
/// Carries one connection on standard input and output, with half-close both ways: the end of standard input is told to the device, and
/// the device's end closes standard output. Nothing else is ever written there.
/// </summary>
internal static class StdioForwarder
{
    private const int CopyBuffer = 64 * 1024; // four whole records

    /// <summary>Runs until both directions have ended.</summary>
    /// <exception cref="CommandFailure">The connection broke: what was carried isn't the whole.</exception>
    public static async Task RunAsync(RelayStream stream, CancellationToken cancellation)
    {
        Task outgoing = ToDeviceAsync(stream, cancellation);
        Task incoming = FromDeviceAsync(stream, cancellation);
        try
        {
            // The first failure ends both: a read of standard input can't be called off.
            Task first = await Task.WhenAny(outgoing, incoming).WaitAsync(cancellation);
            await first;
            await Task.WhenAll(outgoing, incoming).WaitAsync(cancellation);
        }
        catch (IOException e)
        {
            stream.Abort();
            throw new CommandFailure(ExitCode.Failure, "the connection broke before its end; what was carried is not the whole", e);
        }
    }

    private static async Task ToDeviceAsync(RelayStream stream, CancellationToken cancellation)
    {
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(stream, CopyBuffer, cancellation);
        await stream.CompleteWritesAsync(cancellation);
    }

    private static async Task FromDeviceAsync(RelayStream stream, CancellationToken cancellation)
    {
        await using var output = Console.OpenStandardOutput();
        await stream.CopyToAsync(output, CopyBuffer, cancellation);
    }
}
