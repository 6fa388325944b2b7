using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRelay.Equipment.State;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// Comes back with a ticket (SPEC 7.9): RESUME at 0, 1 and 3 s, the very same bytes each time, then 4 s more; the first RESUME_ACK whose tag
/// verifies counts. The session's heartbeats go on from the same socket: so the server knows that whoever got the RESUME_ACK sends them.
/// </summary>
internal sealed class Resumer(DeviceId id, TimeProvider time, IEntropy entropy, SignalReporter signals, ILogger logger)
{
    private static readonly int[] WaitSeconds = [1, 2, 4];

    /// <summary>Tries once.</summary>
    /// <param name="ticket">Stays the caller's, and alive until this is done.</param>
    /// <param name="newTicket">Whether to ask for another ticket.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ResumeOutcome> ResumeAsync(ReturnTicket ticket, bool newTicket, CancellationToken cancellationToken)
    {
        using var keys = ticket.CopyKeys();
        if (keys is null) return default;
        Socket? socket = null;
        try
        {
            socket = new Socket(ticket.Server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(ticket.Server); // no packet is sent and nothing is waited for
            using var attempt = new Attempt(ticket, keys, newTicket, id, entropy);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var receiving = ReceiveAsync(socket, attempt, over.Token);
            foreach (int seconds in WaitSeconds)
            {
                Send(socket, attempt.Datagram);
                if (await Task.WhenAny(receiving, Task.Delay(TimeSpan.FromSeconds(seconds), time, over.Token)) == receiving) break;
                cancellationToken.ThrowIfCancellationRequested();
            }
            await over.CancelAsync();
            if (!await receiving) return default;
            if (attempt.Registration is not { } registration) return new ResumeOutcome(null, IsFull: true, attempt.RetryAfterSeconds);
            registration.Socket = socket;
            socket = null;
            return new ResumeOutcome(registration);
        }
        catch (SocketException e)
        {
            EquipmentLog.HeartbeatNotSent(logger, e.SocketErrorCode);
            return default;
        }
        finally
        {
            socket?.Dispose();
        }

        void Send(Socket from, byte[] datagram)
        {
            try
            {
                signals.Sent(Signal.Resume, ConnectionRole.None, datagram.Length, ticket.Server);
                from.Send(datagram);
            }
            catch (SocketException e)
            {
                EquipmentLog.HeartbeatNotSent(logger, e.SocketErrorCode); // as good as lost
            }
        }
    }

    /// <summary>Receives until an answer is genuine. False when it is called off before.</summary>
    private async Task<bool> ReceiveAsync(Socket socket, Attempt attempt, CancellationToken over)
    {
        byte[] buffer = new byte[DatagramLimits.MaxSize + 1]; // one more, so that too long is seen as that
        var pause = new ReceivePause(time);
        while (!over.IsCancellationRequested)
        {
            try
            {
                pause.Begin();
                int length = await socket.ReceiveAsync(buffer, SocketFlags.None, over);
                pause.Succeed();
                if (!attempt.TryTake(buffer.AsSpan(0, length), time.GetUtcNow())) continue;
                signals.Received(Signal.ResumeAck, ConnectionRole.None, length, attempt.Server);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            catch (SocketException)
            {
                // An ICMP error: the server is about to start again.
                await Task.Delay(pause.Fail(), time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        return false;
    }

    /// <summary>One return: its nonce, its datagram, and what the answer makes of it.</summary>
    private sealed class Attempt : IDisposable
    {
        private readonly ReturnTicket _ticket;
        private readonly ResumeKeys _keys;
        private readonly DeviceId _id;
        private readonly UInt128 _clientNonce;
        private readonly PlatformPacketAead _aead = new(capacity: 4);

        public Attempt(ReturnTicket ticket, ResumeKeys keys, bool newTicket, DeviceId id, IEntropy entropy)
        {
            _ticket = ticket;
            _keys = keys;
            _id = id;
            Span<byte> nonce = stackalloc byte[16];
            entropy.Fill(nonce);
            _clientNonce = BinaryPrimitives.ReadUInt128BigEndian(nonce);
            new Resume { NewTicket = newTicket, Steer = ticket.Steer, ClientNonce = _clientNonce, Ticket = ticket.Bytes.Span }
                .Seal(Datagram, keys.Auth, _aead);
        }

        public byte[] Datagram { get; } = new byte[Resume.Size];

        public System.Net.IPEndPoint Server => _ticket.Server;

        /// <summary>The session that the server gave.</summary>
        public Registration? Registration { get; private set; }

        public int RetryAfterSeconds { get; private set; }

        public bool TryTake(ReadOnlySpan<byte> datagram, DateTimeOffset now)
        {
            if (ResumeAck.TryRead(datagram, out var head) != RejectReason.None) return false;
            byte[] key = new byte[ResumeKeys.KeySize];
            ResumeKeys.DeriveSession(_keys.Root, _clientNonce, head.ServerNonce, head.Cid, _id, key);
            Span<byte> room = stackalloc byte[ResumeAck.BodySize];
            if (ResumeAck.TryOpen(datagram, key, _aead, room, out var ack) != RejectReason.None) return false;
            RetryAfterSeconds = ack.RetryAfterSeconds;
            if (ack.Status == ResumeStatus.Resumed) Registration = Take(ack, key, now);
            else CryptographicOperations.ZeroMemory(key);
            return true;
        }

        public void Dispose() => _aead.Dispose();

        private Registration Take(in ResumeAck ack, byte[] key, DateTimeOffset now)
        {
            byte[] token = new byte[Reset.TokenSize];
            BinaryPrimitives.WriteUInt128BigEndian(token, ack.ResetToken);
            var lifetime = TimeSpan.FromSeconds(ack.LifetimeSeconds);
            bool isNew = !ack.Ticket.IsEmpty;
            var keys = isNew ? _keys.Next(_clientNonce, ack.ServerNonce, ack.Cid, _id) : new ResumeKeys(_keys.Auth, _keys.Root);
            return new Registration
            {
                Key = key,
                Cid = ack.Cid,
                ResetToken = token,
                Server = _ticket.Server,
                Interval = ack.Interval,
                AckEvery = ack.AckEvery,
                Lifetime = lifetime,
                Observed = ack.Observed,
                Ticket = new ReturnTicket(
                    isNew ? ack.Ticket.ToArray() : _ticket.Bytes, keys, (byte)ack.Cid.Slot, _ticket.Server,
                    isNew ? now : _ticket.IssuedAt, now + lifetime, _ticket.Descriptor),
            };
        }
    }
}
