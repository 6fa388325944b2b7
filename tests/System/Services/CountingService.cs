using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FastRelay.System.Tests.Services;

/// <summary>A service that says nothing until its client has ended its data, then answers with how many bytes came: only half-close gets an answer.</summary>
internal sealed class CountingService : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _heard = new(0);
    private readonly Task _accepting;

    public CountingService()
    {
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Completes once for each connection that has brought its first bytes: by then the whole path stands.</summary>
    public async Task HeardAsync(TimeSpan within) => (await _heard.WaitAsync(within)).ShouldBeTrue("nothing reached the service");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
        _heard.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = AnswerAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[64 * 1024];
            long count = 0;
            for (int read; (read = await socket.ReceiveAsync(buffer, _stop.Token)) > 0;)
            {
                if (count == 0) _heard.Release();
                count += read;
            }
            await socket.SendAsync(Encoding.ASCII.GetBytes($"{count} bytes"), _stop.Token);
            socket.Shutdown(SocketShutdown.Both);
        }
    }
}
