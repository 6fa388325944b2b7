using System.Net.Sockets;

namespace FastRelay.Equipment;

/// <summary>
/// Carries data between a relayed connection and a TCP socket, both ways at once. Either side may end its data first (half-close); a side
/// that breaks breaks the other, so that nobody takes a part for the whole.
/// </summary>
public static class SocketForwarding
{
    private const int CopyBuffer = 64 * 1024; // four whole records

    /// <summary>Carries until both sides have ended their data, one broke, or the token is cancelled, which breaks both. Disposes neither.</summary>
    /// <param name="stream">Owned by the caller.</param>
    /// <param name="socket">Connected; owned by the caller.</param>
    /// <param name="cancellationToken">Breaks both.</param>
    /// <returns>Null when both sides ended their data; else what broke.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<Exception?> RunAsync(RelayStream stream, Socket socket, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(socket);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var plain = new NetworkStream(socket, ownsSocket: false);
        var failures = await Task.WhenAll(
            CarryAsync(ToSocketAsync(stream, plain, socket, broken.Token), stream, socket, broken),
            CarryAsync(FromSocketAsync(plain, stream, broken.Token), stream, socket, broken));
        cancellationToken.ThrowIfCancellationRequested();
        return failures[0] ?? failures[1];
    }

    private static async Task ToSocketAsync(RelayStream from, NetworkStream to, Socket socket, CancellationToken cancellationToken)
    {
        await from.CopyToAsync(to, CopyBuffer, cancellationToken);
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task FromSocketAsync(NetworkStream from, RelayStream to, CancellationToken cancellationToken)
    {
        await from.CopyToAsync(to, CopyBuffer, cancellationToken);
        await to.CompleteWritesAsync(cancellationToken);
    }

    /// <summary>One direction that fails takes the other with it: a half that goes on alone would wait for ever.</summary>
    private static async Task<Exception?> CarryAsync(Task direction, RelayStream stream, Socket socket, CancellationTokenSource broken)
    {
        try
        {
            await direction;
            return null;
        }
#pragma warning disable CA1031 // whatever it is, the other direction mustn't go on alone, nor the break look like an end
        catch (Exception e)
        {
            bool first = e is not OperationCanceledException;
            socket.LingerState = new LingerOption(true, 0); // the socket's peer sees a break too, not an end
            stream.Abort();
            await broken.CancelAsync();
            return first ? e : null;
        }
#pragma warning restore CA1031
    }
}
