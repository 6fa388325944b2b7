using System.Security.Cryptography;
using FastRelay.Equipment.Tests.Scripted;
using FastRelay.Protocol.Tracing;

namespace FastRelay.Equipment.Tests.Streams;

/// <summary>The stream that both sides get, over the whole path on real sockets.</summary>
public sealed class RelayStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(1)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(16_385)]
    [InlineData(1_000_003)]
    public async Task Bytes_arrive_as_they_were_written_whatever_their_number(int count)
    {
        await using var pair = await StreamPair.CreateAsync();
        byte[] sent = RandomNumberGenerator.GetBytes(count);

        var writing = WriteAllAsync(pair.Issuer, sent);
        byte[] received = await ReadAllAsync(pair.Device);
        await writing;

        received.ShouldBe(sent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Claim", "5")]
    [Trait("Claim", "20")]
    public async Task One_side_may_end_its_data_while_the_other_goes_on(bool issuerEnds)
    {
        await using var pair = await StreamPair.CreateAsync();
        var (first, second) = issuerEnds ? (pair.Issuer, pair.Device) : (pair.Device, pair.Issuer);

        await WriteAllAsync(first, [1, 2, 3]);
        (await ReadAllAsync(second)).ShouldBe([1, 2, 3]);
        (await second.ReadAsync(new byte[1])).ShouldBe(0);

        await WriteAllAsync(second, [4, 5]);
        (await ReadAllAsync(first)).ShouldBe([4, 5]);
        await Should.ThrowAsync<InvalidOperationException>(async () => await first.WriteAsync(new byte[1]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_that_is_cut_off_is_an_error_and_stays_one(bool issuerBreaks)
    {
        await using var pair = await StreamPair.CreateAsync();
        var (first, second) = issuerBreaks ? (pair.Issuer, pair.Device) : (pair.Device, pair.Issuer);
        await first.WriteAsync(new byte[5]);
        await second.ReadExactlyAsync(new byte[5]).AsTask().WaitAsync(Patience);

        first.Abort();

        await Should.ThrowAsync<IOException>(async () => await second.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        await Should.ThrowAsync<IOException>(async () => await second.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_side_that_is_disposed_has_said_goodbye_after_what_it_wrote()
    {
        await using var pair = await StreamPair.CreateAsync();
        byte[] sent = RandomNumberGenerator.GetBytes(100_000);
        var reading = ReadAllAsync(pair.Device);

        await pair.Issuer.WriteAsync(sent);
        await pair.Issuer.DisposeAsync();

        (await reading).ShouldBe(sent);
    }

    [Fact]
    public async Task A_cancelled_read_takes_nothing()
    {
        await using var pair = await StreamPair.CreateAsync();
        using var cancel = new CancellationTokenSource();
        var reading = pair.Device.ReadAsync(new byte[10], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(reading);

        await pair.Issuer.WriteAsync(new byte[] { 9 });

        byte[] one = new byte[10];
        (await pair.Device.ReadAsync(one).AsTask().WaitAsync(Patience)).ShouldBe(1);
        one[0].ShouldBe((byte)9);
    }

    [Fact]
    public async Task A_writer_waits_for_a_reader_that_does_not_read()
    {
        await using var pair = await StreamPair.CreateAsync();
        using var cancel = new CancellationTokenSource();
        long written = 0;
        byte[] part = new byte[64 * 1024];
        var writing = Task.Run(async () =>
        {
            while (written < 256L << 20)
            {
                await pair.Issuer.WriteAsync(part, cancel.Token);
                Interlocked.Add(ref written, part.Length);
            }
        });

        // The writer has stopped when its count stands still: kernel and pipes hold some MiB, never all of it.
        for (long seen = -1; seen != Interlocked.Read(ref written);)
        {
            seen = Interlocked.Read(ref written);
            await Task.WhenAny(writing, Task.Delay(250));
        }
        writing.IsCompleted.ShouldBeFalse();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(writing);
    }

    [Fact]
    public async Task Disposal_ends_a_read_and_a_write_that_wait()
    {
        await using var pair = await StreamPair.CreateAsync();
        var reading = pair.Issuer.ReadAsync(new byte[1]).AsTask();
        var writing = Task.Run(async () =>
        {
            while (true) await pair.Issuer.WriteAsync(new byte[64 * 1024]);
        });

        await pair.Issuer.DisposeAsync().AsTask().WaitAsync(Patience);

        await Should.ThrowAsync<Exception>(reading.WaitAsync(Patience));
        (await Should.ThrowAsync<Exception>(writing.WaitAsync(Patience))).ShouldNotBeOfType<TimeoutException>();
        reading.IsFaulted.ShouldBeTrue();
    }

    [Fact]
    public async Task Members_that_would_block_a_thread_say_so()
    {
        await using var pair = await StreamPair.CreateAsync();

        Should.Throw<NotSupportedException>(() => pair.Issuer.ReadByte());
        Should.Throw<NotSupportedException>(() => pair.Issuer.WriteByte(1));
        Should.Throw<NotSupportedException>(() => pair.Issuer.Length);
    }

    [Fact]
    public async Task The_pipes_of_a_stream_carry_the_same_bytes()
    {
        await using var pair = await StreamPair.CreateAsync();
        var issuer = pair.Issuer.AsDuplexPipe();
        var device = pair.Device.AsDuplexPipe();

        await issuer.Output.WriteAsync(new byte[] { 1, 2, 3 });
        var read = await device.Input.ReadAtLeastAsync(3).AsTask().WaitAsync(Patience);

        System.Buffers.BuffersExtensions.ToArray(read.Buffer).ShouldBe([1, 2, 3]);
        device.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    [Trait("Claim", "5")]
    [Trait("Claim", "8")]
    [Trait("Claim", "20")]
    [Trait("Claim", "23")]
    public async Task Nothing_is_sent_before_the_issuer_has_accepted()
    {
        await using var pair = await StreamPair.CreateAsync();
        await pair.Device.WriteAsync(new byte[1]);
        await pair.Issuer.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);

        var direct = pair.Loop.Signals.All.Where(s => s.Signal is Signal.CommunicationRequest or Signal.Accept or Signal.Data).Select(s => (s.Signal, s.Sent));

        direct.ShouldBe([
            (Signal.CommunicationRequest, true), (Signal.CommunicationRequest, false), (Signal.Accept, true), (Signal.Accept, false),
            (Signal.Data, true), (Signal.Data, false)]);
    }

    private static async Task WriteAllAsync(RelayStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes);
        await stream.CompleteWritesAsync();
    }

    private static async Task<byte[]> ReadAllAsync(RelayStream stream)
    {
        var received = new MemoryStream();
        await stream.CopyToAsync(received).WaitAsync(Patience);
        return received.ToArray();
    }
}
