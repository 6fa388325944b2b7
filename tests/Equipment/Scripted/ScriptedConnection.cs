using System.Buffers;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>One connection to the scripted server: its handshake, then messages in and out.</summary>
internal sealed class ScriptedConnection(StreamConnection stream) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public ConnectionRole Role { get; private set; }

    public ulong WakeId { get; private set; }

    public DeviceId? ClientId { get; private set; }

    public SecureChannel Channel { get; private set; } = null!;

    /// <summary>The types of the frames that came in the handshake: HELLO alone, or HELLO and CKEY in one flight.</summary>
    public List<byte> HandshakeFrames { get; } = [];

    /// <summary>The client's address: what OBSERVED told it.</summary>
    public TransportAddress Client { get; } = TransportAddress.From(stream.RemoteAddress);

    public async Task<bool> ShakeHandsAsync(ServerHandshakeSettings settings)
    {
        using var handshake = new ServerHandshake(settings, Client);
        while (true)
        {
            var read = await stream.Input.ReadAsync();
            var rest = read.Buffer;
            if (FrameReader.TryRead(ref rest, handshake.MaxPayload, out var frame) != FrameStatus.Frame)
            {
                stream.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted) return false;
                continue;
            }
            HandshakeFrames.Add(frame.Type);
            var status = handshake.Process(frame.Type, frame.Payload.ToArray(), DateTimeOffset.UtcNow, stream.Output);
            stream.Input.AdvanceTo(rest.Start);
            await stream.Output.FlushAsync();
            if (status == HandshakeStatus.Failed) return false;
            if (status == HandshakeStatus.Continue) continue;
            (Role, WakeId, ClientId, Channel) = (handshake.Role, handshake.WakeId, handshake.ClientId, handshake.TakeChannel());
            return true;
        }
    }

    /// <summary>The next message; null at the end of the connection.</summary>
    public async Task<ScriptedMessage?> ReceiveAsync()
    {
        while (true)
        {
            var read = await stream.Input.ReadAsync().AsTask().WaitAsync(Patience);
            var rest = read.Buffer;
            if (FrameReader.TryRead(ref rest, SecureChannel.MaxPayload, out var frame) != FrameStatus.Frame)
            {
                stream.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted) return null;
                continue;
            }
            byte[] payload = frame.Payload.ToArray();
            stream.Input.AdvanceTo(rest.Start);
            Channel.TryOpen(frame.Header, payload, out byte type, out var content).ShouldBe(RejectReason.None);
            return new ScriptedMessage(type, content.ToArray());
        }
    }

    /// <summary>The content of the next message, which must be of the type.</summary>
    public async Task<byte[]> ReceiveAsync(byte type)
    {
        var message = await ReceiveAsync();
        message.ShouldNotBeNull().Type.ShouldBe(type);
        return message.Content;
    }

    public async Task SendAsync(byte type, byte[] content)
    {
        Channel.Seal(type, content, stream.Output, Environment.TickCount64);
        await stream.Output.FlushAsync();
    }

    /// <summary>Answers the DESCRIPTOR_GET that comes next.</summary>
    public async Task GiveDescriptorAsync(Descriptor? descriptor)
    {
        byte[] id = await ReceiveAsync(InnerType.DescriptorGet);
        byte[] content = new byte[18 + (descriptor is null ? 0 : Descriptor.Size)];
        new DescriptorReply { Device = DeviceId.Read(id), Descriptor = descriptor is null ? [] : descriptor.Bytes }.Write(content);
        await SendAsync(InnerType.Descriptor, content);
    }

    /// <summary>What a server makes of a CONNECT1 of this connection: the content of its CONNECT2.</summary>
    public byte[] ToConnect2(byte[] connect1, ulong requestId, bool samePublic = false, TransportAddress? address = null)
    {
        Connect1.TryParse(connect1, out var first).ShouldBe(RejectReason.None);
        byte[] binding = new byte[32];
        SessionBinding.Compute(Channel, first.Device, first.Address, binding);
        var second = new Connect2
        {
            RequestId = requestId,
            SamePublic = samePublic,
            Address = address ?? first.Address,
            SessionBinding = binding,
            E2E1 = first.E2E1,
        };
        byte[] content = new byte[second.Size];
        second.Write(content);
        return content;
    }

    /// <summary>Answers a CONNECT1.</summary>
    public Task SendResultAsync(byte[] connect1, ResultStatus status, byte[]? verdict = null, ushort retryAfter = 0)
    {
        Connect1.TryParse(connect1, out var first).ShouldBe(RejectReason.None);
        var result = new Result { Ref = first.Ref, Status = status, RetryAfterSeconds = retryAfter, WaitedMs = 5, Verdict = verdict };
        byte[] content = new byte[result.Size];
        result.Write(content);
        return SendAsync(InnerType.Result, content);
    }

    public void Abort() => stream.Abort();

    public async ValueTask DisposeAsync()
    {
        stream.Abort();
        await stream.DisposeAsync();
        Channel?.Dispose();
    }
}
