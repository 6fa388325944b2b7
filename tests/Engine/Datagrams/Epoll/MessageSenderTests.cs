using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using FastRelay.Engine.Datagrams;
using FastRelay.Engine.Datagrams.Epoll;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Tests.Datagrams.Epoll;

/// <summary>The sender against a kernel that takes as much as its script says.</summary>
public sealed class MessageSenderTests
{
    private const int TryAgain = -(int)Errno.TryAgain;
    private const int NoBuffers = -(int)Errno.NoBufferSpace;

    [Fact]
    public void The_native_structures_have_the_kernels_sizes()
    {
        Unsafe.SizeOf<MessageHeader>().ShouldBe(56);
        Unsafe.SizeOf<MessageVector>().ShouldBe(64);
        Unsafe.SizeOf<BufferVector>().ShouldBe(16);
    }

    [Fact]
    public void All_at_once_is_one_call() => Send(5, 5).ShouldBe(["0 1 2 3 4"]);

    [Fact]
    public void What_was_taken_in_part_goes_on_with_the_rest() => Send(5, 2, 1, 2).ShouldBe(["0 1 2 3 4", "2 3 4", "3 4"]);

    [Fact]
    public void A_full_socket_is_waited_for_and_nothing_is_lost()
    {
        Send(4, 1, TryAgain, TryAgain, 3).ShouldBe(["0 1 2 3", "1 2 3", "wait", "1 2 3", "wait", "1 2 3"]);
        _sender!.Errors.ShouldBe(0);
        _sender.Sent.ShouldBe(4);
    }

    [Fact]
    public void A_datagram_without_a_buffer_in_the_device_is_lost_alone()
    {
        Send(4, 1, NoBuffers, 2).ShouldBe(["0 1 2 3", "1 2 3", "2 3"]);
        _sender!.Errors.ShouldBe(1);
        _sender.Sent.ShouldBe(3);
    }

    [Fact]
    public void Giving_up_counts_what_was_left()
    {
        Send(4, 1, TryAgain, ScriptedKernel.GiveUp).ShouldBe(["0 1 2 3", "1 2 3", "wait"]);
        _sender!.Errors.ShouldBe(3);
        _sender.Sent.ShouldBe(1);
    }

    [Fact]
    public void Nothing_to_send_is_no_call() => Send(0).ShouldBeEmpty();

    private MessageSender? _sender;

    private List<string> Send(int datagrams, params int[] script)
    {
        var options = new DatagramLoopOptions { BatchSize = 8 };
        var buffers = new DatagramBuffers(options);
        _sender = new MessageSender(buffers, new MessageReceiver(buffers, 8, AddressFamily.InterNetwork, tellsAddress: false), options.OutputCapacity, AddressFamily.InterNetwork);
        var to = DatagramAddress.From(new IPEndPoint(IPAddress.Loopback, 9));
        for (int i = 0; i < datagrams; i++) buffers.AddSend(to, 1)[0] = (byte)i;
        var kernel = new ScriptedKernel(script);
        _sender.SendAll(ref kernel);
        buffers.OutgoingCount.ShouldBe(0);
        kernel.IsAtEnd.ShouldBeTrue();
        return kernel.Calls;
    }

    private readonly unsafe struct ScriptedKernel(int[] script) : IMessageSystem
    {
        public const int GiveUp = int.MinValue;

        private readonly Queue<int> _script = new(script);

        public List<string> Calls { get; } = [];

        public bool IsAtEnd => _script.Count == 0;

        public int Send(MessageVector* vectors, int count)
        {
            var seen = new List<byte>();
            for (int i = 0; i < count; i++) seen.Add(*vectors[i].Header.Buffers->Base);
            Calls.Add(string.Join(' ', seen));
            return _script.Dequeue();
        }

        public bool WaitUntilWritable()
        {
            Calls.Add("wait");
            if (!_script.TryPeek(out int next) || next != GiveUp) return true;
            _script.Dequeue();
            return false;
        }
    }
}
