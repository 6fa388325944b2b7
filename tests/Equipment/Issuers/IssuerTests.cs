using System.Net.Sockets;
using FastRelay.Equipment.Tests.Scripted;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;
using FastRelay.Tests.Support;

namespace FastRelay.Equipment.Tests.Issuers;

/// <summary>The issuer at a server that the test plays; the device's part is played by hand where it matters.</summary>
public sealed class IssuerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Loop _loop = Loop.Start();
    private readonly System.Security.Cryptography.ECDsa _identity = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
    private readonly System.Security.Cryptography.ECDiffieHellman _agreement =
        System.Security.Cryptography.ECDiffieHellman.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);

    private DeviceId _device;
    private Descriptor _descriptor = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        var q = _identity.ExportParameters(false).Q;
        _device = DeviceId.FromPublicKey([4, .. q.X!, .. q.Y!]);
        _descriptor = Describe(DateTimeOffset.UtcNow.AddDays(1));
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        _identity.Dispose();
        _agreement.Dispose();
    }

    [Fact]
    [Trait("Claim", "7")]
    [Trait("Claim", "22")]
    public async Task The_request_goes_only_after_certificate_keys_and_descriptor_and_names_the_address_that_the_server_sees()
    {
        var connecting = _loop.Issuer().ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] content = await server.ReceiveAsync(InnerType.Connect1);

        Connect1.TryParse(content, out var connect1).ShouldBe(RejectReason.None);
        connect1.Address.ShouldBe(server.Client);
        connect1.Device.ShouldBe(_device);
        connect1.Timeout.ShouldBe((ushort)100);
        server.HandshakeFrames[..2].ShouldBe([FrameType.Hello, FrameType.ClientKey]);
        _loop.Signals.All.Select(s => s.Signal).ShouldBe([
            Signal.Hello, Signal.Certificate, Signal.ClientKey, Signal.ServerKey, Signal.ServerFinished, Signal.ClientFinished, Signal.Observed,
            Signal.DescriptorGet, Signal.Descriptor, Signal.FirstRequest]);
        await server.SendResultAsync(content, ResultStatus.Unavailable);
        await Should.ThrowAsync<EquipmentException>(connecting);
    }

    [Theory]
    [InlineData(ResultStatus.NoAnswer, EquipmentError.NoAnswer)]
    [InlineData(ResultStatus.Unavailable, EquipmentError.Unavailable)]
    [InlineData(ResultStatus.Limited, EquipmentError.Limited)]
    [InlineData(ResultStatus.AddressRefused, EquipmentError.AddressRefused)]
    public async Task What_the_server_answers_is_told_in_words(ResultStatus status, EquipmentError expected)
    {
        var connecting = _loop.Issuer().ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        await server.SendResultAsync(await server.ReceiveAsync(InnerType.Connect1), status, retryAfter: 7);

        var error = await Should.ThrowAsync<EquipmentException>(connecting.WaitAsync(Patience));

        error.Error.ShouldBe(expected);
        error.Message.ShouldNotContain("\n");
        if (status == ResultStatus.Limited) error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Theory]
    [InlineData(Verdict.PasswordRefused, EquipmentError.PasswordRefused)]
    [InlineData(Verdict.LockedOut, EquipmentError.LockedOut)]
    [InlineData(Verdict.AddressRefused, EquipmentError.AddressRefused)]
    [InlineData(Verdict.Busy, EquipmentError.Busy)]
    public async Task What_the_device_sealed_for_the_issuer_is_told_in_words(Verdict verdict, EquipmentError expected)
    {
        var connecting = _loop.Issuer().ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        await server.SendResultAsync(connect1, ResultStatus.Unavailable, Sealed(connect1, verdict));

        (await Should.ThrowAsync<EquipmentException>(connecting.WaitAsync(Patience))).Error.ShouldBe(expected);
    }

    [Fact]
    public async Task A_verdict_that_the_device_did_not_seal_counts_for_nothing()
    {
        var connecting = _loop.Issuer().ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        byte[] verdict = Sealed(connect1, Verdict.PasswordRefused);
        verdict[^1] ^= 1;
        await server.SendResultAsync(connect1, ResultStatus.Unavailable, verdict);

        (await Should.ThrowAsync<EquipmentException>(connecting.WaitAsync(Patience))).Error.ShouldBe(EquipmentError.Unavailable);
    }

    [Fact]
    public async Task A_stale_descriptor_is_fetched_again_once()
    {
        var pinging = _loop.Issuer().PingAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] first = await server.ReceiveAsync(InnerType.Connect1);
        byte[] stale = Sealed(first, Verdict.Stale);
        _descriptor = Describe(DateTimeOffset.UtcNow.AddDays(2));
        await server.SendResultAsync(first, ResultStatus.Unavailable, stale);
        await server.GiveDescriptorAsync(_descriptor);
        byte[] second = await server.ReceiveAsync(InnerType.Connect1);
        await server.SendResultAsync(second, ResultStatus.Accepted, Sealed(second, Verdict.Yes));

        (await pinging.WaitAsync(Patience)).WaitedForDevice.ShouldBe(TimeSpan.FromMilliseconds(5));
    }

    [Fact]
    public async Task A_stale_request_with_the_newest_descriptor_is_a_matter_of_clocks()
    {
        var pinging = _loop.Issuer().PingAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        await server.SendResultAsync(connect1, ResultStatus.Unavailable, Sealed(connect1, Verdict.Stale));
        await server.GiveDescriptorAsync(_descriptor);

        var error = await Should.ThrowAsync<EquipmentException>(pinging.WaitAsync(Patience));

        error.Error.ShouldBe(EquipmentError.Stale);
        error.Message.ShouldContain("clocks");
    }

    [Fact]
    public async Task A_descriptor_that_is_missing_ended_or_another_devices_stops_the_request()
    {
        var issuer = _loop.Issuer();
        var first = issuer.ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(null);
        (await Should.ThrowAsync<EquipmentException>(first.WaitAsync(Patience))).Error.ShouldBe(EquipmentError.Unavailable);

        var second = issuer.ConnectAsync(_device, Loop.Password, Token);
        await server.GiveDescriptorAsync(Describe(DateTimeOffset.UtcNow.AddSeconds(-1)));
        (await Should.ThrowAsync<EquipmentException>(second.WaitAsync(Patience))).Error.ShouldBe(EquipmentError.Protocol);

        var other = new DeviceId(_device == default ? UInt128.One : UInt128.Zero);
        var third = issuer.ConnectAsync(other, Loop.Password, Token);
        await server.GiveDescriptorAsync(_descriptor);
        (await Should.ThrowAsync<EquipmentException>(third.WaitAsync(Patience))).Error.ShouldBe(EquipmentError.Protocol);
        _loop.Signals.Count(Signal.FirstRequest, sent: true).ShouldBe(0);
    }

    [Fact]
    public async Task A_connection_that_the_server_closed_is_made_anew_in_one_round_trip_and_a_request_under_way_goes_on_it()
    {
        var issuer = _loop.Issuer();
        var pinging = issuer.PingAsync(_device, Loop.Password, Token);
        var first = await _loop.Server.IssuerAsync();
        await first.GiveDescriptorAsync(_descriptor);
        await first.ReceiveAsync(InnerType.Connect1);
        await first.SendAsync(InnerType.Close, [(byte)CloseReason.Idle]);

        var second = await _loop.Server.IssuerAsync();
        byte[] connect1 = await second.ReceiveAsync(InnerType.Connect1);
        await second.SendResultAsync(connect1, ResultStatus.Accepted, Sealed(connect1, Verdict.Yes));

        await pinging.WaitAsync(Patience);
        second.Client.Port.ShouldNotBe(first.Client.Port);
    }

    [Fact]
    public async Task A_request_is_tried_again_only_once()
    {
        var pinging = _loop.Issuer().PingAsync(_device, Loop.Password, Token);
        for (int i = 0; i < 2; i++)
        {
            var server = await _loop.Server.IssuerAsync();
            if (i == 0) await server.GiveDescriptorAsync(_descriptor);
            await server.ReceiveAsync(InnerType.Connect1);
            server.Abort();
        }

        (await Should.ThrowAsync<EquipmentException>(pinging.WaitAsync(Patience))).Error.ShouldBe(EquipmentError.Network);
        _loop.Server.Accepted.ShouldBe(2);
    }

    [Fact]
    public async Task Many_requests_at_once_share_one_connection_one_descriptor_and_get_their_own_answers()
    {
        var issuer = _loop.Issuer();
        var pings = Enumerable.Range(0, 50).Select(i => issuer.PingAsync(_device, i % 2 == 0 ? Loop.Password : "wrong", Token)).ToArray();
        var server = await _loop.Server.IssuerAsync();
        int fetched = 0;
        var pending = new List<byte[]>();
        while (pending.Count < pings.Length)
        {
            var message = (await server.ReceiveAsync()).ShouldNotBeNull();
            if (message.Type == InnerType.Connect1) pending.Add(message.Content);
            else
            {
                fetched++;
                byte[] reply = new byte[18 + Descriptor.Size];
                new DescriptorReply { Device = _device, Descriptor = _descriptor.Bytes }.Write(reply);
                await server.SendAsync(InnerType.Descriptor, reply);
            }
        }
        byte[] right = new byte[32];
        PasswordStretcher.ClientKey(Loop.Password, _device, _descriptor.Salt, _descriptor.Iterations, right);
        foreach (byte[] connect1 in Enumerable.Reverse(pending))
        {
            using var session = OpenSession(connect1);
            bool matches = session.Request.ClientKey.SequenceEqual(right);
            byte[] verdict = new byte[98];
            session.WriteVerdict(matches ? Verdict.Yes : Verdict.PasswordRefused, SystemEntropy.Instance, verdict);
            await server.SendResultAsync(connect1, matches ? ResultStatus.Accepted : ResultStatus.Unavailable, verdict);
        }

        for (int i = 0; i < pings.Length; i++)
        {
            if (i % 2 == 0) await pings[i].WaitAsync(Patience);
            else (await Should.ThrowAsync<EquipmentException>(pings[i].WaitAsync(Patience))).Error.ShouldBe(EquipmentError.PasswordRefused);
        }
        _loop.Server.Accepted.ShouldBe(1);
        fetched.ShouldBeInRange(1, 2);
    }

    [Fact]
    [Trait("Claim", "5")]
    [Trait("Claim", "6")]
    [Trait("Claim", "20")]
    [Trait("Claim", "21")]
    public async Task Only_a_communication_request_made_for_this_request_is_accepted()
    {
        var connecting = _loop.Issuer().ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        using var session = OpenSession(connect1);
        session.Request.ClientKey.ContainsAnyExcept((byte)0).ShouldBeTrue(); // the password information
        byte[] commReq = new byte[CommReq.Size];
        session.WriteCommReq(SystemEntropy.Instance, commReq, out var channel);
        channel.Dispose();

        (await IsClosedAsync(server.Client, [])).ShouldBeTrue("no communication request");
        (await IsClosedAsync(server.Client, new byte[CommReq.Size])).ShouldBeTrue("no mark");
        foreach (int at in new[] { 5, 50, 107 })
        {
            byte[] forged = [.. commReq];
            forged[at] ^= 1;
            (await IsClosedAsync(server.Client, forged)).ShouldBeTrue($"bit flipped at {at}");
        }
        connecting.IsCompleted.ShouldBeFalse();

        using var device = new TcpClient();
        await device.ConnectAsync(server.Client.ToIPEndPoint(), Token);
        await device.GetStream().WriteAsync(commReq, Token);
        await using var stream = await connecting.WaitAsync(Patience);
        stream.Device.ShouldBe(_device);
    }

    [Fact]
    public async Task A_device_that_accepts_and_does_not_come_is_told_after_its_time()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        // Longer than the wait for RESULT, so that neither can be taken for the other.
        var patience = TimeSpan.FromSeconds(30);
        var connecting = _loop.Issuer(time, patience).ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        await server.SendResultAsync(await server.ReceiveAsync(InnerType.Connect1), ResultStatus.Accepted);
        await Until(() => time.IsArmedFor(patience));

        time.Advance(patience - TimeSpan.FromTicks(1));
        time.IsArmedFor(TimeSpan.FromTicks(1)).ShouldBeTrue();
        connecting.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromTicks(1));

        var error = await Should.ThrowAsync<EquipmentException>(connecting.WaitAsync(Patience));
        error.Error.ShouldBe(EquipmentError.NoAnswer);
        error.Message.ShouldContain("firewall");
    }

    [Fact]
    public async Task A_descriptor_that_does_not_come_is_asked_for_anew_by_the_next_request()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var issuer = _loop.Issuer(time);
        var first = issuer.PingAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.ReceiveAsync(InnerType.DescriptorGet);
        await Until(() => time.IsArmedFor(TimeSpan.FromSeconds(10)));
        time.Advance(TimeSpan.FromSeconds(10));
        (await Should.ThrowAsync<EquipmentException>(first.WaitAsync(Patience))).Error.ShouldBe(EquipmentError.Network);

        var second = issuer.PingAsync(_device, Loop.Password, Token);
        await server.GiveDescriptorAsync(_descriptor);
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        await server.SendResultAsync(connect1, ResultStatus.Accepted, Sealed(connect1, Verdict.Yes));
        await second.WaitAsync(Patience);
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_a_descriptor_takes_it_from_nobody_else()
    {
        var issuer = _loop.Issuer();
        using var cancel = new CancellationTokenSource();
        var first = issuer.PingAsync(_device, Loop.Password, cancel.Token);
        var server = await _loop.Server.IssuerAsync();
        await server.ReceiveAsync(InnerType.DescriptorGet);
        var second = issuer.PingAsync(_device, Loop.Password, Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first.WaitAsync(Patience));
        byte[] reply = new byte[18 + Descriptor.Size];
        new DescriptorReply { Device = _device, Descriptor = _descriptor.Bytes }.Write(reply);
        await server.SendAsync(InnerType.Descriptor, reply);
        // No second question: what comes next is the request.
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        await server.SendResultAsync(connect1, ResultStatus.Accepted, Sealed(connect1, Verdict.Yes));
        await second.WaitAsync(Patience);
    }

    [Fact]
    public async Task An_observer_that_throws_costs_the_issuer_nothing()
    {
        var failures = new EventRecorder();
        await using var issuer = Issuer.Create(
            new IssuerOptions { Server = _loop.Server.Address, Trust = ScriptedCertificates.Trust, Observer = new ThrowingObserver() }, failures);
        var pinging = issuer.PingAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        await server.SendResultAsync(connect1, ResultStatus.Accepted, Sealed(connect1, Verdict.Yes));
        await pinging.WaitAsync(Patience);
        failures.Events.Count(e => e == 2040).ShouldBe(1);
    }

    [Fact]
    public async Task A_cancelled_request_leaves_the_issuer_usable()
    {
        var issuer = _loop.Issuer();
        using var cancel = new CancellationTokenSource();
        var connecting = issuer.ConnectAsync(_device, Loop.Password, cancel.Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        byte[] given = await server.ReceiveAsync(InnerType.Connect1);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(connecting.WaitAsync(Patience));

        // An answer that comes too late is for nobody.
        await server.SendResultAsync(given, ResultStatus.Accepted);
        var pinging = issuer.PingAsync(_device, Loop.Password, Token);
        byte[] connect1 = await server.ReceiveAsync(InnerType.Connect1);
        await server.SendResultAsync(connect1, ResultStatus.Accepted, Sealed(connect1, Verdict.Yes));
        await pinging.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_disposed_issuer_leaves_no_socket()
    {
        var issuer = _loop.Issuer();
        var connecting = issuer.ConnectAsync(_device, Loop.Password, Token);
        var server = await _loop.Server.IssuerAsync();
        await server.GiveDescriptorAsync(_descriptor);
        await server.ReceiveAsync(InnerType.Connect1);

        await issuer.DisposeAsync();

        await Should.ThrowAsync<Exception>(connecting.WaitAsync(Patience));
        await server.ReceiveAsync();
        (await server.ReceiveAsync()).ShouldBeNull();
        using var stranger = new TcpClient();
        (await Should.ThrowAsync<SocketException>(stranger.ConnectAsync(server.Client.ToIPEndPoint(), Token).AsTask()))
            .SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        await Should.ThrowAsync<ObjectDisposedException>(issuer.PingAsync(_device, Loop.Password, Token));
    }

    private Descriptor Describe(DateTimeOffset notAfter)
    {
        byte[] stored = new byte[32];
        return Descriptor.Create(_identity, _agreement, new DevicePassword(new byte[16], 100_000, stored), notAfter);
    }

    private DeviceSession OpenSession(byte[] connect1)
    {
        Connect1.TryParse(connect1, out var request).ShouldBe(RejectReason.None);
        DeviceSession.TryOpen(request.E2E1, _device, _agreement, out var session).ShouldBe(RejectReason.None);
        return session!;
    }

    private byte[] Sealed(byte[] connect1, Verdict verdict)
    {
        using var session = OpenSession(connect1);
        byte[] bytes = new byte[98];
        session.WriteVerdict(verdict, SystemEntropy.Instance, bytes);
        return bytes;
    }

    private static async Task Until(Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(2, bound.Token);
    }

    /// <summary>Whether the issuer closes a connection that says this, without a byte of its own.</summary>
    private static async Task<bool> IsClosedAsync(TransportAddress issuer, byte[] says)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(issuer.ToIPEndPoint());
        await client.SendAsync(says);
        if (says.Length < CommReq.Size) client.Shutdown(SocketShutdown.Send);
        try
        {
            return await client.ReceiveAsync(new byte[1]).WaitAsync(Patience) == 0;
        }
        catch (SocketException)
        {
            return true; // reset
        }
    }
}
