using BenchmarkDotNet.Attributes;
using FastRelay.Bench.Material;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Crypto;

namespace FastRelay.Bench.Records;

/// <summary>The record layer. Records are numbered, so one can be opened only once: opening is the difference of the two.</summary>
public class RecordProtectionBenchmarks
{
    private readonly FixedBufferWriter _output = new(2 * RecordProtection.MaxContent);
    private readonly RecordProtection _alone = new(CipherSuite.P256, new byte[CipherSuite.P256.HashSize]);
    private readonly RecordProtection _sender = new(CipherSuite.P256, new byte[CipherSuite.P256.HashSize]);
    private readonly RecordProtection _receiver = new(CipherSuite.P256, new byte[CipherSuite.P256.HashSize]);
    private readonly RecordProtection _fastAlone = Fast();
    private readonly RecordProtection _fastSender = Fast();
    private readonly RecordProtection _fastReceiver = Fast();
    private byte[] _content = [];

    [Params(64, 1024, 16384)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _content = new byte[Bytes];
        new Random(1).NextBytes(_content);
    }

    [Benchmark]
    public int Seal() => Seal(_alone);

    /// <summary>As the server seals where it can: with libcrypto, and a context that is keyed anew for each record.</summary>
    [Benchmark]
    public int Seal_LibCrypto() => Seal(_fastAlone);

    [Benchmark]
    public int Seal_and_TryOpen() => SealAndOpen(_sender, _receiver);

    [Benchmark]
    public int Seal_and_TryOpen_LibCrypto() => SealAndOpen(_fastSender, _fastReceiver);

    private static RecordProtection Fast() =>
        new(CipherSuite.P256, new byte[CipherSuite.P256.HashSize], RecordProtection.MaxRecords, new LibCryptoConnectionCrypto());

    private int Seal(RecordProtection sender)
    {
        _output.Reset();
        return sender.Seal(InnerType.Data, _content, _output, nowMilliseconds: 0);
    }

    private int SealAndOpen(RecordProtection sender, RecordProtection receiver)
    {
        Seal(sender);
        int opened = 0;
        // Two frames when a KEY_UPDATE was due.
        for (var rest = _output.Written; !rest.IsEmpty;)
        {
            if (FrameHeader.TryRead(rest, FrameHeader.MaxPayloadAuthenticated, out var header) != RejectReason.None
                || receiver.TryOpen(rest[..FrameHeader.Size], rest.Slice(FrameHeader.Size, header.Length), out _, out var content) != RejectReason.None)
            {
                throw new InvalidOperationException("A record of our own must open.");
            }
            opened += content.Length;
            rest = rest[(FrameHeader.Size + header.Length)..];
        }
        return opened;
    }
}
