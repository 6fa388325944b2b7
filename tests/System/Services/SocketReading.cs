using System.Net.Sockets;
using System.Text;

namespace FastRelay.System.Tests.Services;

/// <summary>Reading what a peer sends until it ends, as netcat does.</summary>
internal static class SocketReading
{
    /// <summary>Ends our data, then reads the whole answer.</summary>
    public static Task<string> AnswerAsync(this Socket socket)
    {
        socket.Shutdown(SocketShutdown.Send);
        return socket.ReadToEndAsync();
    }

    public static async Task<string> ReadToEndAsync(this Socket socket)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[256];
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;) text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        return text.ToString();
    }
}
