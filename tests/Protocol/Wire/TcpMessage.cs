using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Tests.Wire;

/// <summary>One message of SPEC 6 with a sample of its bytes, a way to parse it and write it again, and the bits that are reserved.</summary>
public sealed record TcpMessage(string Name, byte[] Sample, Func<byte[], (RejectReason Reason, byte[] Rewritten)> Rewrite, byte[] Reserved)
{
    public static IReadOnlyList<TcpMessage> All { get; } =
    [
        Make("OBSERVED", Samples.Observed(), static b => Observed.TryParse(b, out var m) is not RejectReason.None and var r
            ? (r, [])
            : (RejectReason.None, Bytes(Observed.Size, m.Write))),
        Make("REGISTER", Samples.Register(), static b =>
        {
            var r = Register.TryParse(b, out var m);
            if (r != RejectReason.None) return (r, []);
            byte[] w = new byte[m.Size];
            m.Write(w).ShouldBe(w.Length);
            return (r, w);
        }, (0, 0xFF), (1, 0xFF)),
        Make("REGISTERED", Samples.Registered(), static b => Registered.TryParse(b, out var m) is not RejectReason.None and var r
            ? (r, [])
            : (RejectReason.None, Bytes(m.Size, m.Write)), (1, 0xFF)),
        Make("REGISTERED with a ticket", Samples.RegisteredWithTicket(), static b => Registered.TryParse(b, out var m) is not RejectReason.None and var r
            ? (r, [])
            : (RejectReason.None, Bytes(m.Size, m.Write)), (1, 0xFF)),
        Make("REGISTERED, full", Samples.RegisteredFull(), static b => Registered.TryParse(b, out var m) is not RejectReason.None and var r
            ? (r, [])
            : (RejectReason.None, Bytes(m.Size, m.Write)), (1, 0xFF)),
        Make("DESCRIPTOR_GET", Samples.DescriptorGet(), static b => DescriptorGet.TryParse(b, out var m) is not RejectReason.None and var r
            ? (r, [])
            : (RejectReason.None, Bytes(DescriptorGet.Size, m.Write))),
        Make("DESCRIPTOR", Samples.DescriptorReply(), static b =>
        {
            var r = DescriptorReply.TryParse(b, out var m);
            if (r != RejectReason.None) return (r, []);
            byte[] w = new byte[m.Size];
            m.Write(w).ShouldBe(w.Length);
            return (r, w);
        }),
        Make("CONNECT1", Samples.Connect1(), static b =>
        {
            var r = Connect1.TryParse(b, out var m);
            if (r != RejectReason.None) return (r, []);
            byte[] w = new byte[m.Size];
            m.Write(w).ShouldBe(w.Length);
            return (r, w);
        }, (4, 0xFF), (5, 0xFF)),
        Make("RESULT", Samples.Result(), static b =>
        {
            var r = Result.TryParse(b, out var m);
            if (r != RejectReason.None) return (r, []);
            byte[] w = new byte[m.Size];
            m.Write(w).ShouldBe(w.Length);
            return (r, w);
        }, (5, 0xFF)),
        Make("CONNECT2", Samples.Connect2(), static b =>
        {
            var r = Connect2.TryParse(b, out var m);
            if (r != RejectReason.None) return (r, []);
            byte[] w = new byte[m.Size];
            m.Write(w).ShouldBe(w.Length);
            return (r, w);
        }, (8, 0xFE), (9, 0xFF)),
        Make("ANSWER", Samples.Answer(), static b =>
        {
            var r = Answer.TryParse(b, out var m);
            if (r != RejectReason.None) return (r, []);
            byte[] w = new byte[m.Size];
            m.Write(w).ShouldBe(w.Length);
            return (r, w);
        }),
        Make("CLOSE", [2], static b => Close.TryParse(b, out var m) is not RejectReason.None and var r
            ? (r, [])
            : (RejectReason.None, Bytes(Close.Size, m.Write))),
        Make("ALERT", [1, 0, 0, 30], static b => Alert.TryParse(b, out var m) is not RejectReason.None and var r
            ? (r, [])
            : (RejectReason.None, Bytes(Alert.Size, m.Write)), (1, 0xFF)),
    ];

    public static TheoryData<string> Names => new(All.Select(m => m.Name));

    public static TcpMessage Named(string name) => All.Single(m => m.Name == name);

    private delegate int Writer(Span<byte> destination);

    private static byte[] Bytes(int size, Writer write)
    {
        byte[] bytes = new byte[size];
        write(bytes).ShouldBe(size);
        return bytes;
    }

    private static TcpMessage Make(string name, byte[] sample, Func<byte[], (RejectReason, byte[])> rewrite, params (int At, byte Mask)[] reserved)
    {
        byte[] mask = new byte[sample.Length];
        foreach (var (at, bits) in reserved) mask[at] = bits;
        return new TcpMessage(name, sample, rewrite, mask);
    }
}
