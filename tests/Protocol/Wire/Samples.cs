using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Wire;

/// <summary>One well-formed sample of each message of SPEC 6, with every field different from its neighbours.</summary>
internal static class Samples
{
    public static readonly DeviceId Device = DeviceId.Read(Convert.FromHexString("4f4e08a772c02a84c7cf9d308604959e"));

    public static readonly TransportAddress Address = TransportAddress.From(new(new System.Net.IPAddress([203, 0, 113, 7]), 40123));

    public static byte[] Counting(int count, int from = 0) => [.. Enumerable.Range(from, count).Select(i => (byte)i)];

    public static byte[] Observed() => Write(new Observed(Address).Write, Sizes.Observed);

    public static byte[] Register()
    {
        var message = new Register { IntervalWish = 250, Descriptor = Counting(226, 1) };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    public static byte[] Registered() => Write(Registration.Write, Sizes.Registered);

    public static byte[] RegisteredWithTicket() => Write((Registration with { Ticket = Counting(144, 5) }).Write, Sizes.Registered + 144);

    private static readonly Registered Registration = new()
    {
        Cid = new Cid(42, 0x9F3C51E7),
        ResetToken = new UInt128(0x6362A8395094B147, 0xCE97951A12383091),
        Interval = 250,
        AckEvery = 1,
        Missed = 3,
        UdpPort = 4747,
        NodeId = 7,
        LifetimeSeconds = 604_800,
        UnixMs = 1_767_225_600_000,
    };

    public static byte[] RegisteredFull() =>
        Write(new Registered { Status = RegisterStatus.Full, RetryAfterSeconds = 30, UnixMs = 1_767_225_600_000 }.Write, Sizes.Registered);

    public static byte[] DescriptorGet() => Write(new DescriptorGet(Device).Write, Sizes.DescriptorGet);

    public static byte[] DescriptorReply()
    {
        var message = new DescriptorReply { Device = Device, Descriptor = Counting(226, 1) };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    public static byte[] Connect1()
    {
        var message = new Connect1 { Ref = 0x01020304, Timeout = 100, Device = Device, Address = Address, E2E1 = Counting(208, 9) };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    public static byte[] Result()
    {
        var message = new Result { Ref = 0x01020304, Status = ResultStatus.Unavailable, RetryAfterSeconds = 9, WaitedMs = 1234, Verdict = Counting(98, 3) };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    public static byte[] Connect2()
    {
        var message = new Connect2
        {
            RequestId = 0x1122334455667788,
            SamePublic = true,
            Address = Address,
            SessionBinding = Counting(32, 77),
            E2E1 = Counting(208, 9),
        };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    public static byte[] Answer()
    {
        var message = new Answer { RequestId = 0x1122334455667788, Status = AnswerStatus.Refused, Verdict = Counting(98, 3) };
        byte[] bytes = new byte[message.Size];
        message.Write(bytes);
        return bytes;
    }

    private delegate int Writer(Span<byte> destination);

    private static byte[] Write(Writer write, int size)
    {
        byte[] bytes = new byte[size];
        write(bytes).ShouldBe(size);
        return bytes;
    }

    /// <summary>Sizes of the fixed messages as the SPEC says them, apart from the code's own constants.</summary>
    private static class Sizes
    {
        public const int Observed = 18;
        public const int Registered = 52;
        public const int DescriptorGet = 16;
    }
}
