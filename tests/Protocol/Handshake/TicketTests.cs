using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Tests.Support;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Handshake;

/// <summary>A ticket and its binder in HELLO (SPEC 4.12).</summary>
public sealed class TicketTests : IDisposable
{
    private static readonly byte[] Ticket = [.. Enumerable.Range(0, 144).Select(i => (byte)(i * 3))];
    private static readonly DeviceId Device = new((UInt128)7);
    private readonly ResumeKeys _keys = new(new byte[32], SHA256.HashData("root"u8));
    private readonly OneTicketJudge _judge;

    public TicketTests() => _judge = new OneTicketJudge(this);

    public void Dispose() => _keys.Dispose();

    [Theory]
    [InlineData(ConnectionRole.Register)]
    [InlineData(ConnectionRole.Wake)]
    public void A_device_that_shows_its_ticket_is_known_before_the_certificate_goes_and_before_any_point_is_made(ConnectionRole role)
    {
        var entropy = new WatchedEntropy();
        using var connection = new Connection(role, serverEntropy: entropy, ticket: Ticket, ticketKeys: _keys, tickets: _judge);
        connection.Run(frame =>
        {
            if (frame.Type == FrameType.Certificate)
            {
                connection.Server.TicketDevice.ShouldBe(Device);
                entropy.KeysMade.ShouldBe(0);
            }
            return [frame];
        });
        connection.Completed.ShouldBeTrue();
        connection.Server.ClientId.ShouldNotBe(Device, "the ticket proves nothing about who the client is");
        _judge.Asked.ShouldBe(1);
    }

    [Fact]
    public void A_server_is_asked_once_whether_it_lets_a_HELLO_in_with_what_the_HELLO_shows_and_before_any_point_is_made()
    {
        var asked = new List<HelloStanding>();
        var entropy = new WatchedEntropy();
        using var first = new Connection(ConnectionRole.Register);
        first.Run().Completed.ShouldBeTrue();
        using var connection = new Connection(ConnectionRole.Register, cached: first.Client.ServerChain, serverEntropy: entropy, demandCookie: true,
            ticket: Ticket, ticketKeys: _keys, tickets: _judge, admit: standing =>
            {
                entropy.KeysMade.ShouldBe(0);
                asked.Add(standing);
                return null;
            });
        connection.Run().Completed.ShouldBeTrue();
        connection.Server.HasRetried.ShouldBeTrue();
        asked.ShouldBe([new HelloStanding(HoldsChain: true, Device)]);
    }

    [Fact]
    public void Who_isnt_let_in_gets_the_ALERT_in_place_of_CERT_and_nothing_else()
    {
        using var connection = new Connection(ConnectionRole.Issuer, admit: standing => standing == default ? new Alert(AlertReason.Overloaded, 77) : null);
        connection.Run();
        connection.ServerStatus.ShouldBe(HandshakeStatus.Failed);
        connection.Server.Reason.ShouldBe(RejectReason.Refused);
        connection.ClientStatus.ShouldBe(HandshakeStatus.Failed);
        connection.Client.Reason.ShouldBe(RejectReason.Refused);
        var alert = connection.Log.Where(frame => !frame.FromClient).ShouldHaveSingleItem();
        Alert.TryParse(alert.Payload, out var message).ShouldBe(RejectReason.None);
        message.RetryAfterSeconds.ShouldBe((ushort)77);
    }

    [Fact]
    public void Only_frames_that_cost_curve_operations_are_dear()
    {
        using var connection = new Connection(ConnectionRole.Issuer);
        var dear = new List<byte>();
        connection.Run(frame =>
        {
            if (frame.FromClient && connection.Server.IsDear(frame.Type)) dear.Add(frame.Type);
            return [frame];
        });
        connection.Completed.ShouldBeTrue();
        dear.ShouldBe([FrameType.ClientKey]);
    }

    [Theory]
    [InlineData(0)] // the ticket
    [InlineData(143)]
    [InlineData(144)] // the binder
    [InlineData(175)]
    public void A_wrong_ticket_or_binder_is_as_good_as_none(int at)
    {
        using var connection = new Connection(ConnectionRole.Register, ticket: Ticket, ticketKeys: _keys, tickets: _judge);
        byte[] payload = HelloOf(connection);
        payload[payload.AsSpan().IndexOf(Ticket) + at] ^= 1;
        var output = new ArrayBufferWriter<byte>();
        connection.Server.Process(FrameType.Hello, payload, connection.Now, output).ShouldBe(HandshakeStatus.Continue);
        connection.Server.TicketDevice.ShouldBeNull();
        Connection.Parse(fromClient: false, output.WrittenMemory).Single().Type.ShouldBe(FrameType.Certificate);
    }

    [Fact]
    public void The_binder_covers_every_byte_before_it()
    {
        using var connection = new Connection(ConnectionRole.Wake, ticket: Ticket, ticketKeys: _keys, tickets: _judge);
        byte[] payload = HelloOf(connection);
        int end = payload.AsSpan().IndexOf(Ticket);
        int known = 0;
        foreach (var (_, damaged) in MessageCorpus.BitFlips(payload).TakeWhile(flip => flip.Bit / 8 < end))
        {
            if (Hello.TryParse(damaged, out var hello) == RejectReason.None && _judge.Judge(hello, connection.Now) is not null) known++;
        }
        known.ShouldBe(0);
    }

    [Fact]
    public void A_server_without_a_judge_and_a_client_without_a_ticket_shake_hands_as_ever()
    {
        using var unjudged = new Connection(ConnectionRole.Register, ticket: Ticket, ticketKeys: _keys).Run();
        unjudged.Completed.ShouldBeTrue();
        unjudged.Server.TicketDevice.ShouldBeNull();

        using var without = new Connection(ConnectionRole.Register, tickets: _judge).Run();
        without.Completed.ShouldBeTrue();
        without.Server.TicketDevice.ShouldBeNull();
        _judge.Asked.ShouldBe(0);
    }

    [Fact]
    public void The_HELLO_that_comes_back_with_a_cookie_shows_the_same_ticket_and_binder()
    {
        using var connection = new Connection(ConnectionRole.Register, demandCookie: true, ticket: Ticket, ticketKeys: _keys, tickets: _judge).Run();
        connection.Completed.ShouldBeTrue();
        Hello.TryParse(connection.Frame(FrameType.Hello), out var first).ShouldBe(RejectReason.None);
        Hello.TryParse(connection.Frame(FrameType.Hello, 1), out var second).ShouldBe(RejectReason.None);
        second.BeforeCookie.ToArray().ShouldBe(first.BeforeCookie.ToArray());
        second.Binder.ToArray().ShouldBe(first.Binder.ToArray());
        connection.Server.TicketDevice.ShouldBe(Device);
    }

    [Fact]
    public void A_ticket_without_its_keys_too_long_or_of_an_issuer_is_a_bug_of_the_caller()
    {
        Should.Throw<ArgumentException>(() => new Connection(ConnectionRole.Register, ticket: Ticket));
        Should.Throw<ArgumentException>(() => new Connection(ConnectionRole.Register, ticketKeys: _keys));
        Should.Throw<ArgumentException>(() => new Connection(ConnectionRole.Register, ticket: new byte[145], ticketKeys: _keys));
        Should.Throw<ArgumentException>(() => new Connection(ConnectionRole.Issuer, ticket: Ticket, ticketKeys: _keys));
    }

    private static byte[] HelloOf(Connection connection)
    {
        var output = new ArrayBufferWriter<byte>();
        connection.Client.Start(connection.Now, output);
        return Connection.Parse(fromClient: true, output.WrittenMemory)[0].Payload;
    }

    private sealed class OneTicketJudge(TicketTests test) : ITicketJudge
    {
        public int Asked { get; private set; }

        public DeviceId? Judge(in Hello hello, DateTimeOffset now)
        {
            Asked++;
            return hello.Ticket.SequenceEqual(Ticket) && ResumeKeys.IsBinder(test._keys.Root, hello.BeforeBinder, hello.Binder) ? Device : null;
        }
    }
}
