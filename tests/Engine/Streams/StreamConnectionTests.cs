using System.Net;
using System.Net.Sockets;
using System.Text;
using FastRelay.Engine.Streams;
using FastRelay.Tests.Support;

namespace FastRelay.Engine.Tests.Streams;

/// <summary>What every backend must do.</summary>
public abstract class StreamConnectionTests
{
    /// <summary>The backend under test.</summary>
    private protected abstract StreamBackend Backend { get; }

    private static readonly byte[] Hello = Encoding.ASCII.GetBytes("hello");

    // A send buffer grows to 4 MiB on Linux (tcp_wmem); the fixture limits the receive buffer of a bare peer.
    private static readonly byte[] MoreThanTheKernelHolds = new byte[6 << 20];

    [Fact]
    public async Task Bytes_come_through_in_both_directions()
    {
        await using var fixture = new StreamFixture(Backend);
        var (client, server) = await fixture.PairAsync();
        await client.Output.WriteAsync(Hello);
        (await StreamFixture.ReadExactlyAsync(server.Input, 5)).ShouldBe(Hello);
        await server.Output.WriteAsync(Hello);
        (await StreamFixture.ReadExactlyAsync(client.Input, 5)).ShouldBe(Hello);
    }

    [Fact]
    public async Task Both_sides_agree_on_the_addresses()
    {
        await using var fixture = new StreamFixture(Backend);
        var (client, server) = await fixture.PairAsync();
        server.RemoteAddress.ShouldBe(client.LocalAddress);
        server.LocalAddress.ShouldBe(client.RemoteAddress);
    }

    [Fact]
    public async Task A_dual_stack_listener_names_IPv4_peers_in_their_own_form()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        await using var fixture = new StreamFixture(Backend, address: IPAddress.IPv6Any);
        foreach (var loopback in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            var accepting = fixture.Listener.AcceptAsync();
            var outcome = await Within.Time(StreamConnector.ConnectAsync(
                new IPEndPoint(loopback, fixture.Listener.LocalEndPoint.Port), new StreamConnectOptions { Pool = fixture.Pool, Backend = Backend }));
            var client = fixture.Keep(outcome.Connection.ShouldNotBeNull());
            var server = fixture.Keep((await Within.Time(accepting)).ShouldNotBeNull());
            server.RemoteAddress.ShouldBe(client.LocalAddress);
            server.RemoteAddress.Address.ShouldBe(loopback);
        }
    }

    [Fact]
    public async Task A_side_that_has_finished_writing_still_receives()
    {
        await using var fixture = new StreamFixture(Backend);
        var (client, server) = await fixture.PairAsync();
        await client.Output.WriteAsync(Hello);
        await client.Output.CompleteAsync();
        (await StreamFixture.ReadToEndAsync(server.Input)).ShouldBe(Hello);
        server.ReadEnd.ShouldBe(StreamEnd.Finished);
        server.WriteEnd.ShouldBe(StreamEnd.Open);

        await server.Output.WriteAsync(Hello);
        (await StreamFixture.ReadExactlyAsync(client.Input, 5)).ShouldBe(Hello);
        await server.Output.CompleteAsync();
        (await StreamFixture.ReadToEndAsync(client.Input)).ShouldBeEmpty();
        await Within.Time(Task.WhenAll(client.Completion, server.Completion));
        client.ReadEnd.ShouldBe(StreamEnd.Finished);
        client.WriteEnd.ShouldBe(StreamEnd.Finished);
    }

    [Fact]
    public async Task A_reset_is_told_from_an_orderly_end()
    {
        await using var fixture = new StreamFixture(Backend);
        var (raw, server) = await fixture.RawPairAsync();
        raw.LingerState = new LingerOption(true, 0);
        raw.Close();
        (await StreamFixture.ReadToEndAsync(server.Input)).ShouldBeEmpty();
        server.ReadEnd.ShouldBe(StreamEnd.Reset);
        await Within.Time(server.Completion);
        server.WriteEnd.ShouldBe(StreamEnd.Reset);
    }

    [Fact]
    public async Task Abort_resets_the_peer_and_wakes_a_waiting_read()
    {
        await using var fixture = new StreamFixture(Backend);
        var (raw, server) = await fixture.RawPairAsync();
        var reading = server.Input.ReadAsync();
        server.Abort();
        (await Within.Time(reading)).IsCompleted.ShouldBeTrue();
        server.ReadEnd.ShouldBe(StreamEnd.Aborted);
        ResetIsSeenBy(raw);
        await Within.Time(server.Completion);
        server.WriteEnd.ShouldBe(StreamEnd.Aborted);
    }

    [Fact]
    public async Task Completing_the_output_with_an_exception_resets_the_peer()
    {
        await using var fixture = new StreamFixture(Backend);
        var (raw, server) = await fixture.RawPairAsync();
        await server.Output.CompleteAsync(new InvalidOperationException("the user's"));
        ResetIsSeenBy(raw);
        await Within.Time(server.Completion);
    }

    [Fact]
    public async Task Disposal_sends_what_was_written_and_then_FIN()
    {
        await using var fixture = new StreamFixture(Backend);
        var (raw, server) = await fixture.RawPairAsync();
        byte[] sent = Bytes(300_000);
        var reading = Task.Run(() => ReadAll(raw));
        await server.Output.WriteAsync(sent);
        await Within.Time(server.DisposeAsync());
        (await Within.Time(reading)).ShouldBe(sent);
    }

    [Fact]
    public async Task Disposal_with_unread_input_still_ends_in_order()
    {
        await using var fixture = new StreamFixture(Backend);
        var (raw, server) = await fixture.RawPairAsync();
        raw.Send(Bytes(50_000));
        await StreamFixture.ReadExactlyAsync(server.Input, 50_000);
        raw.Send(Hello);
        await server.Output.WriteAsync(Hello);
        await Within.Time(server.DisposeAsync());
        ReadAll(raw).ShouldBe(Hello);
    }

    [Fact]
    public async Task A_peer_that_never_reads_is_reset_when_the_close_timeout_passes()
    {
        var time = new ManualTimeProvider();
        await using var fixture = new StreamFixture(Backend, o => { o.TimeProvider = time; o.CloseTimeout = TimeSpan.FromSeconds(3); });
        var (raw, server) = await fixture.RawPairAsync();
        var flushing = server.Output.WriteAsync(MoreThanTheKernelHolds);
        flushing.IsCompleted.ShouldBeFalse();
        var disposing = server.DisposeAsync().AsTask();
        await Within.Until(() => time.ArmedTimers > 0, "the close timeout is armed");
        disposing.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(3));
        await Within.Time(disposing);
        server.WriteEnd.ShouldBe(StreamEnd.DeadlinePassed);
        raw.Dispose();
    }

    [Fact]
    public async Task A_reader_that_does_not_read_stops_the_peer()
    {
        await using var fixture = new StreamFixture(Backend, o => o.MaxUnreadBytes = 32 * 1024);
        var (raw, server) = await fixture.RawPairAsync();
        raw.Blocking = false;
        raw.SendBufferSize = 64 * 1024;
        byte[] chunk = Bytes(16 * 1024);
        long sent = 0;
        bool stuck = false;
        var end = DateTime.UtcNow + Within.Limit;
        for (int quiet = 0; !stuck && DateTime.UtcNow < end;)
        {
            int n = raw.Send(chunk, SocketFlags.None, out var error);
            if (error == SocketError.Success) (sent, quiet) = (sent + n, 0);
            else if (++quiet > 200) stuck = true;
            else await Task.Delay(1);
        }
        stuck.ShouldBeTrue();
        // What it holds in its own memory is bounded, whatever the kernel took.
        (fixture.Pool.OpenLeases * 2048L).ShouldBeLessThan(32 * 1024 + 4 * 2048);
        long read = 0;
        while (read < sent)
        {
            var result = await Within.Time(server.Input.ReadAsync());
            read += result.Buffer.Length;
            server.Input.AdvanceTo(result.Buffer.End);
        }
        read.ShouldBe(sent);
        raw.Dispose();
    }

    [Fact]
    public async Task A_flush_waits_while_the_peer_does_not_read_and_goes_on_when_it_does()
    {
        await using var fixture = new StreamFixture(Backend, o => o.MaxUnsentBytes = 16 * 1024);
        var (raw, server) = await fixture.RawPairAsync();
        var flush = server.Output.WriteAsync(MoreThanTheKernelHolds);
        flush.IsCompleted.ShouldBeFalse();
        var reading = Task.Run(() => ReadAll(raw).LongLength);
        await Within.Time(flush);
        await server.Output.CompleteAsync();
        (await Within.Time(reading)).ShouldBe(MoreThanTheKernelHolds.Length);
        raw.Dispose();
    }

    [Fact]
    public async Task The_deadline_ends_a_connection_on_which_nothing_comes()
    {
        var time = new ManualTimeProvider();
        await using var fixture = new StreamFixture(Backend, o => o.TimeProvider = time);
        var (raw, server) = await fixture.RawPairAsync();
        server.SetDeadline(TimeSpan.FromSeconds(2));
        var reading = server.Input.ReadAsync();
        time.Advance(TimeSpan.FromMilliseconds(1999));
        reading.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        (await Within.Time(reading)).IsCompleted.ShouldBeTrue();
        server.ReadEnd.ShouldBe(StreamEnd.DeadlinePassed);
        ResetIsSeenBy(raw);
    }

    [Fact]
    public async Task A_deadline_set_anew_replaces_the_old_one_and_a_cleared_one_never_fires()
    {
        var time = new ManualTimeProvider();
        await using var fixture = new StreamFixture(Backend, o => o.TimeProvider = time);
        var (client, server) = await fixture.PairAsync();
        server.SetDeadline(TimeSpan.FromSeconds(1));
        server.SetDeadline(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(9));
        server.ClearDeadline();
        time.Advance(TimeSpan.FromHours(1));
        server.SetDeadline(TimeSpan.FromSeconds(10));
        server.SetDeadline(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(4));
        await client.Output.WriteAsync(Hello);
        (await StreamFixture.ReadExactlyAsync(server.Input, 5)).ShouldBe(Hello);
        time.Advance(TimeSpan.FromSeconds(1));
        await Within.Time(server.Completion);
        server.ReadEnd.ShouldBe(StreamEnd.DeadlinePassed);
    }

    [Fact]
    public async Task A_deadline_beyond_all_days_never_comes()
    {
        var time = new ManualTimeProvider();
        await using var fixture = new StreamFixture(Backend, o => o.TimeProvider = time);
        var (_, server) = await fixture.PairAsync();
        server.SetDeadline(TimeSpan.MaxValue);
        time.Advance(TimeSpan.FromDays(1000));
        server.ReadEnd.ShouldBe(StreamEnd.Open);
    }

    [Fact]
    public async Task An_idle_connection_holds_no_buffer()
    {
        await using var fixture = new StreamFixture(Backend);
        for (int i = 0; i < 20; i++)
        {
            var (client, server) = await fixture.PairAsync();
            await client.Output.WriteAsync(Bytes(5000));
            await StreamFixture.ReadExactlyAsync(server.Input, 5000);
        }
        await Within.Until(() => fixture.Pool.OpenLeases == 0, "all buffers are given back while the connections stand");
        fixture.Pool.TotalLeases.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Random_sizes_in_both_directions_at_once_arrive_intact()
    {
        await using var fixture = new StreamFixture(Backend, o => o.MaxUnreadBytes = 8000);
        var (client, server) = await fixture.PairAsync(o => o.MaxUnsentBytes = 5000);
        var results = await Task.WhenAll(
            WriteInPiecesAsync(client, 1), StreamFixture.ReadToEndAsync(server.Input),
            WriteInPiecesAsync(server, 2), StreamFixture.ReadToEndAsync(client.Input));
        results[1].ShouldBe(results[0]);
        results[3].ShouldBe(results[2]);
    }

    private static async Task<byte[]> WriteInPiecesAsync(StreamConnection connection, int seed)
    {
        var random = new Random(seed);
        byte[] all = Bytes(1_000_000, seed);
        for (int at = 0; at < all.Length;)
        {
            int n = Math.Min(all.Length - at, random.Next(1, 20_000));
            await connection.Output.WriteAsync(all.AsMemory(at, n));
            at += n;
        }
        await connection.Output.CompleteAsync();
        return all;
    }

    private static byte[] Bytes(int count, int seed = 7)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] ReadAll(Socket raw)
    {
        raw.Blocking = true;
        raw.ReceiveTimeout = (int)Within.Limit.TotalMilliseconds;
        using var stream = new NetworkStream(raw);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static void ResetIsSeenBy(Socket raw)
    {
        raw.ReceiveTimeout = (int)Within.Limit.TotalMilliseconds;
        Should.Throw<SocketException>(() => raw.Receive(new byte[1])).SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
        raw.Dispose();
    }
}
