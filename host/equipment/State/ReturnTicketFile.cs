using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using FastRelay.Engine.Files;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.State;

/// <summary>
/// The ticket of a device between its runs: <c>device.ticket</c>, mode 0600, beside the keys. It is a file of its own because it is written again
/// and again, and the identity key must not depend on how that goes; a device without it, or with a damaged one, registers by TCP.
/// Used by whoever holds the device's state (<see cref="DeviceStateFile"/>), one call at a time.
/// </summary>
/// <param name="directory">The device's directory.</param>
/// <param name="server">The server and whom to take for it, as text: a ticket of another is not used.</param>
internal sealed class ReturnTicketFile(string directory, string server)
{
    private const int Version = 1;
    private const int MaxBytes = 16 * 1024; // a whole file has 1,000
    private readonly string _path = Path.Combine(directory, "device.ticket");

    /// <summary>The ticket that is kept; null when there is none that can be used.</summary>
    /// <param name="state">The device: a ticket of another identity, or from before the password was changed, isn't used.</param>
    /// <param name="now">The present time.</param>
    public ReturnTicket? Load(DeviceState state, DateTimeOffset now)
    {
        byte[]? json = null;
        ReturnTicketDocument? document = null;
        try
        {
            if (!File.Exists(_path) || PrivateFile.IsOpenToOthers(_path) || new FileInfo(_path).Length > MaxBytes) return null;
            json = File.ReadAllBytes(_path);
            document = JsonSerializer.Deserialize(json, DeviceStateJson.Default.ReturnTicketDocument);
            return document is { Version: Version } && document.Server == server ? Read(document, state, now) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // as good as lost
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
            CryptographicOperations.ZeroMemory(document?.AuthKey);
            CryptographicOperations.ZeroMemory(document?.RootKey);
        }
    }

    /// <summary>Keeps the ticket over an earlier one.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(ReturnTicket ticket)
    {
        using var keys = ticket.CopyKeys();
        if (keys is null) return;
        var document = new ReturnTicketDocument
        {
            Version = Version,
            Server = server,
            EndPoint = ticket.Server.ToString(),
            Ticket = ticket.Bytes.ToArray(),
            AuthKey = keys.Auth.ToArray(),
            RootKey = keys.Root.ToArray(),
            Descriptor = ticket.Descriptor.Bytes.ToArray(),
            Steer = ticket.Steer,
            IssuedUnixMs = ticket.IssuedAt.ToUnixTimeMilliseconds(),
            ExpiresUnixMs = ticket.ExpiresAt.ToUnixTimeMilliseconds(),
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, DeviceStateJson.Default.ReturnTicketDocument);
        try
        {
            PrivateFile.Replace(_path, json);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
            CryptographicOperations.ZeroMemory(document.AuthKey);
            CryptographicOperations.ZeroMemory(document.RootKey);
        }
    }

    private static ReturnTicket? Read(ReturnTicketDocument document, DeviceState state, DateTimeOffset now)
    {
        if (document.Ticket is not { Length: >= 1 and <= Resume.MaxTicket }
            || document is not { AuthKey.Length: ResumeKeys.KeySize, RootKey.Length: ResumeKeys.KeySize, Steer: >= 0 and <= byte.MaxValue }
            || !IPEndPoint.TryParse(document.EndPoint ?? "", out var endPoint)
            || Descriptor.TryParse(document.Descriptor, out var descriptor) != RejectReason.None
            || descriptor!.Verify(state.Id, now) != RejectReason.None
            || state.Password is not { } password || password.Iterations != descriptor.Iterations || !password.Salt.SequenceEqual(descriptor.Salt)
            || TimeOf(document.IssuedUnixMs) is not { } issuedAt || TimeOf(document.ExpiresUnixMs) is not { } expiresAt)
        {
            return null;
        }
        var ticket = new ReturnTicket(
            document.Ticket, new ResumeKeys(document.AuthKey, document.RootKey), (byte)document.Steer, endPoint, issuedAt, expiresAt, descriptor);
        if (ticket.IsLive(now)) return ticket;
        ticket.Dispose();
        return null;
    }

    private static DateTimeOffset? TimeOf(long unixMs) =>
        unixMs >= 0 && unixMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(unixMs) : null;
}
