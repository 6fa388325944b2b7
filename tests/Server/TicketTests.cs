using System.Net;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Data;
using FastRelay.Server.Logging;
using FastRelay.Server.Options;
using FastRelay.Server.Tests.Support;
using FastRelay.Server.Tickets;
using FastRelay.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRelay.Server.Tests;

/// <summary>Tickets on TCP (SPEC 4.12, 6.3), and the keys that seal them (7.9).</summary>
public sealed class TicketTests : IDisposable
{
    private const uint NodeId = 3;
    private static readonly byte[] NodeSecret = new byte[32];
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"fastrelay-tickets-{Guid.NewGuid():N}");
    private readonly ManualTimeProvider _time = new();
    private readonly NodeKeys _nodeKeys = new(NodeSecret, NodeId);
    private readonly PlatformPacketAead _aead = new();
    private readonly HeartbeatOptions _options = new();
    private readonly byte[] _room = new byte[Ticket.ContentSize];

    public void Dispose()
    {
        _nodeKeys.Dispose();
        _aead.Dispose();
        if (Directory.Exists(_path)) Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public async Task A_registration_brings_a_ticket_with_which_the_server_knows_the_device_again()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = TestDevice.Create(server);
        (await device.RegisterAsync()).Ticket.Length.ShouldBe(Ticket.Size);

        await ShowAsync(server, device, ConnectionRole.Register);
        await ShowAsync(server, device, ConnectionRole.Wake);
        (server.Relay.Counters.TicketsKnown, server.Relay.Counters.TicketsRefused).ShouldBe((2, 0));
    }

    [Fact]
    public async Task The_ticket_holds_what_a_session_is_made_of()
    {
        var before = DateTimeOffset.UtcNow;
        await using var server = await TestServer.StartAsync(o => o.Heartbeat.SessionLifetime = TimeSpan.FromMinutes(10));
        await using var device = TestDevice.Create(server, IPAddress.Parse("127.0.0.9"));
        await device.RegisterAsync();
        var second = await device.RegisterAsync();

        using var nodeKeys = new NodeKeys(
            await File.ReadAllBytesAsync(Path.Combine(server.Data, "node_secret"), TestContext.Current.CancellationToken), second.NodeId);
        byte[] file = await File.ReadAllBytesAsync(Path.Combine(server.Data, TicketKeyStore.FileName), TestContext.Current.CancellationToken);
        TicketKeys.Import(file, nodeKeys.SealKey, _aead, out var keys).ShouldBe(RejectReason.None);
        uint now = (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        keys!.TryOpen(second.Ticket.Span, now, _aead, _room, out var ticket).ShouldBe(RejectReason.None);
        ticket.Device.ShouldBe(device.Id);
        ticket.AuthKey.ToArray().ShouldBe(device.ResumeKeys!.Auth.ToArray());
        ticket.RootKey.ToArray().ShouldBe(device.ResumeKeys.Root.ToArray());
        ticket.RegisteredIp.ShouldBe(device.Address.Ip);
        ticket.IssuedAt.ShouldBeInRange((uint)before.ToUnixTimeSeconds(), now);
        (ticket.ExpiresAt - ticket.IssuedAt).ShouldBe(600u);
    }

    [Fact]
    public async Task A_device_whose_ticket_isnt_good_is_served_as_one_without()
    {
        await using var server = await TestServer.StartAsync();
        await using var device = TestDevice.Create(server);
        await using var other = TestDevice.Create(server);
        await device.RegisterAsync();
        await other.RegisterAsync();

        await using (await TestConnection.OpenAsync(
            server, ConnectionRole.Register, device.Identity, ticket: device.Session.Ticket, ticketKeys: other.ResumeKeys)) { }
        await using (await TestConnection.OpenAsync(
            server, ConnectionRole.Register, device.Identity, ticket: device.Session.Ticket[1..], ticketKeys: device.ResumeKeys)) { }
        (server.Relay.Counters.TicketsKnown, server.Relay.Counters.TicketsRefused).ShouldBe((0, 2));
    }

    [Fact]
    public async Task A_ticket_outlives_a_restart_and_not_a_change_of_the_epoch()
    {
        var first = await TestServer.StartAsync(data: _path);
        await using var device = TestDevice.Create(first);
        await device.RegisterAsync();
        await first.DisposeAsync();
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(Path.Combine(_path, TicketKeyStore.FileName)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        foreach (var (epoch, known) in new[] { (0, 1), (1, 0), (0, 0) }) // set back: what was revoked stays revoked
        {
            await using var server = await TestServer.StartAsync(o => o.Heartbeat.TicketEpoch = epoch, data: _path);
            await ShowAsync(server, device, ConnectionRole.Register);
            server.Relay.Counters.TicketsKnown.ShouldBe(known, $"epoch {epoch}");
        }
    }

    [Fact]
    public async Task A_ticket_of_yesterday_opens_and_one_opens_as_long_as_its_session_may_last()
    {
        _options.SessionLifetime = TimeSpan.FromDays(3);
        using var data = DataDirectory.Open(_path);
        await using var store = Open(data);
        byte[] ticket = Seal(store, lifetime: TimeSpan.FromDays(30));
        for (int hour = 1; hour < 4 * 24; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            OpenTicket(store, ticket).ShouldBe(RejectReason.None, $"hour {hour}");
            store.Current.Count.ShouldBe(1 + (hour / 24));
        }
        _time.Advance(TimeSpan.FromHours(1));
        OpenTicket(store, ticket).ShouldBe(RejectReason.UnknownKey);
        store.Current.Count.ShouldBe(4);
        _time.Advance(TimeSpan.FromDays(30));
        OpenTicket(store, Seal(store, TimeSpan.FromDays(1))).ShouldBe(RejectReason.None);
    }

    [Fact]
    public async Task A_new_key_is_on_the_disk_before_a_ticket_is_sealed_with_it()
    {
        using var data = DataDirectory.Open(_path);
        byte[] ticket;
        await using (var store = Open(data))
        {
            _time.Advance(TimeSpan.FromDays(1));
            store.Current.Count.ShouldBe(2);
            ticket = Seal(store, TimeSpan.FromDays(1));
        }
        await using var again = Open(data);
        OpenTicket(again, ticket).ShouldBe(RejectReason.None);
    }

    [Fact]
    public async Task After_a_long_stop_the_first_ticket_is_under_a_new_key()
    {
        using var data = DataDirectory.Open(_path);
        byte[] old;
        await using (var store = Open(data)) old = Seal(store, TimeSpan.FromDays(7));
        _time.Advance(TimeSpan.FromDays(2));
        await using var again = Open(data);
        Seal(again, TimeSpan.FromDays(1))[..4].ShouldNotBe(old[..4]);
        OpenTicket(again, old).ShouldBe(RejectReason.None);
    }

    [Fact]
    public async Task When_the_disk_refuses_the_present_key_goes_on_and_it_is_tried_again()
    {
        using var data = DataDirectory.Open(_path);
        await using var store = Open(data);
        string file = data.PathOf(TicketKeyStore.FileName);
        File.Delete(file);
        Directory.CreateDirectory(Path.Combine(file, "in the way"));
        _time.Advance(TimeSpan.FromDays(1));
        store.Current.Count.ShouldBe(1);
        byte[] ticket = Seal(store, TimeSpan.FromDays(1));
        Directory.Delete(file, recursive: true);
        _time.Advance(TimeSpan.FromHours(1));
        store.Current.Count.ShouldBe(2);
        OpenTicket(store, ticket).ShouldBe(RejectReason.None);
    }

    [Fact]
    public async Task A_damaged_file_is_told_with_what_to_do()
    {
        using var data = DataDirectory.Open(_path);
        await using (Open(data)) { }
        byte[] file = data.Read(TicketKeyStore.FileName)!;
        file[^1] ^= 1;
        data.Write(TicketKeyStore.FileName, file);
        Should.Throw<DataDirectoryException>(() => Open(data)).Message.ShouldContain("remove ticket_keys: devices then register anew");
        file[4] = 2;
        data.Write(TicketKeyStore.FileName, file);
        Should.Throw<DataDirectoryException>(() => Open(data)).Message.ShouldContain("newer version");
    }

    private static async Task ShowAsync(TestServer server, TestDevice device, ConnectionRole role)
    {
        await using var connection = await TestConnection.OpenAsync(
            server, role, device.Identity, ticket: device.Session.Ticket, ticketKeys: device.ResumeKeys);
    }

    private TicketKeyStore Open(DataDirectory data) =>
        new(data, _nodeKeys, _options, new ServerEvents(NullLogger.Instance, _time), SystemEntropy.Instance, _time);

    private byte[] Seal(TicketKeyStore store, TimeSpan lifetime)
    {
        byte[] ticket = new byte[Ticket.Size];
        store.Current.Seal(
            new Ticket
            {
                Device = new DeviceId(5),
                AuthKey = new byte[32],
                RootKey = new byte[32],
                RegisteredIp = 1,
                Record = 2,
                IssuedAt = store.Now,
                ExpiresAt = store.Now + (uint)lifetime.TotalSeconds,
            },
            ticket, _aead, SystemEntropy.Instance);
        return ticket;
    }

    private RejectReason OpenTicket(TicketKeyStore store, byte[] ticket) => store.Current.TryOpen(ticket, store.Now, _aead, _room, out _);
}
