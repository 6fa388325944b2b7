using System.Buffers;
using System.Security.Cryptography;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Handshake;

/// <summary>
/// What both machines compute alike from the moment the suite is known: the transcript (SPEC 4.8), the keys (4.9) and the records
/// under them (5.1). Which message may come when is the machines' part.
/// </summary>
internal sealed class HandshakeKeys : IDisposable
{
    private readonly CipherSuite _suite;
    private readonly IConnectionCrypto _crypto;
    private readonly bool _isClient;
    private readonly ulong _maxRecords;
    private readonly Transcript _transcript;
    private readonly byte[] _clientTraffic;
    private readonly byte[] _serverTraffic;
    private readonly byte[] _exporter;
    private KeySchedule? _schedule;
    private RecordProtection? _sending;
    private RecordProtection? _receiving;
    private RecordProtection? _applicationSending;
    private RecordProtection? _applicationReceiving;

    public HandshakeKeys(CipherSuite suite, IConnectionCrypto crypto, bool isClient, ulong maxRecords)
    {
        _suite = suite;
        _crypto = crypto;
        _isClient = isClient;
        _maxRecords = maxRecords;
        _transcript = new Transcript(suite, crypto);
        _clientTraffic = new byte[suite.HashSize];
        _serverTraffic = new byte[suite.HashSize];
        _exporter = new byte[suite.HashSize];
    }

    /// <summary>MS; for the tests of claim 4's "identical with the first common key for communication".</summary>
    public ReadOnlySpan<byte> CommonKey => _schedule is null ? default : _schedule.CommonKey;

    /// <summary>Enters a message into the transcript.</summary>
    public void Enter(byte type, ReadOnlySpan<byte> payload) => _transcript.Append(type, payload);

    /// <summary>Once SKEY is entered: Z, HS and MS, and the keys of the handshake's records. Clears Z.</summary>
    public void Agree(Span<byte> z)
    {
        _schedule = new KeySchedule(_suite, z, _crypto);
        CryptographicOperations.ZeroMemory(z);
        Span<byte> th = stackalloc byte[_suite.HashSize];
        _transcript.CurrentHash(th);
        _schedule.HandshakeTraffic(ofClient: true, th, _clientTraffic);
        _schedule.HandshakeTraffic(ofClient: false, th, _serverTraffic);
        _sending = new RecordProtection(_suite, _isClient ? _clientTraffic : _serverTraffic, _maxRecords, _crypto);
        _receiving = new RecordProtection(_suite, _isClient ? _serverTraffic : _clientTraffic, _maxRecords, _crypto);
    }

    /// <summary>Once the server's FIN is entered: c_ap, s_ap and exp.</summary>
    public void DeriveApplication()
    {
        Span<byte> th = stackalloc byte[_suite.HashSize];
        _transcript.CurrentHash(th);
        _schedule!.Exporter(th, _exporter);
        _applicationSending = Direction(ofClient: _isClient, th);
        _applicationReceiving = Direction(ofClient: !_isClient, th);
    }

    /// <summary>Enters a message, and sends it in a record under the handshake's key. Returns its bytes on the wire.</summary>
    public int Send(byte innerType, ReadOnlySpan<byte> content, IBufferWriter<byte> output)
    {
        Enter(innerType, content);
        return _sending!.Seal(innerType, content, output);
    }

    /// <summary>Sends a message in a record under the application's key. Returns its bytes on the wire.</summary>
    public int SendApplication(byte innerType, ReadOnlySpan<byte> content, IBufferWriter<byte> output) =>
        _applicationSending!.Seal(innerType, content, output);

    /// <summary>Opens a record where it stands; entering it is the caller's, after checking it.</summary>
    public RejectReason Open(bool application, Span<byte> payload, out byte innerType, out ReadOnlySpan<byte> content)
    {
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        new FrameHeader(FrameType.Record, (ushort)payload.Length).Write(header);
        return (application ? _applicationReceiving! : _receiving!).TryOpen(header, payload, out innerType, out content);
    }

    /// <summary>Makes a side's FIN over the transcript so far; returns Nh.</summary>
    public int Finished(bool ofClient, Span<byte> destination)
    {
        Span<byte> th = stackalloc byte[_suite.HashSize];
        _transcript.CurrentHash(th);
        _schedule!.Finished(ofClient ? _clientTraffic : _serverTraffic, th, destination[.._suite.HashSize]);
        return _suite.HashSize;
    }

    /// <summary>Whether a side's FIN is right, in constant time.</summary>
    public bool IsFinished(bool ofClient, ReadOnlySpan<byte> content)
    {
        Span<byte> expected = stackalloc byte[CipherSuite.MaxHashSize];
        int size = Finished(ofClient, expected);
        return CryptographicOperations.FixedTimeEquals(expected[..size], content);
    }

    /// <summary>th; returns Nh.</summary>
    public int TranscriptHash(Span<byte> destination)
    {
        _transcript.CurrentHash(destination[.._suite.HashSize]);
        return _suite.HashSize;
    }

    /// <summary>The channel, which takes over both directions. Once.</summary>
    public SecureChannel TakeChannel()
    {
        if (_applicationSending is null || _applicationReceiving is null) throw new InvalidOperationException("The channel has been taken.");
        var channel = new SecureChannel(_suite, _applicationSending, _applicationReceiving, _exporter, _crypto);
        _applicationSending = null;
        _applicationReceiving = null;
        return channel;
    }

    public void Dispose()
    {
        _transcript.Dispose();
        _schedule?.Dispose();
        _sending?.Dispose();
        _receiving?.Dispose();
        _applicationSending?.Dispose();
        _applicationReceiving?.Dispose();
        CryptographicOperations.ZeroMemory(_clientTraffic);
        CryptographicOperations.ZeroMemory(_serverTraffic);
        CryptographicOperations.ZeroMemory(_exporter);
    }

    private RecordProtection Direction(bool ofClient, ReadOnlySpan<byte> th)
    {
        Span<byte> secret = stackalloc byte[_suite.HashSize];
        _schedule!.ApplicationTraffic(ofClient, th, secret);
        var direction = new RecordProtection(_suite, secret, _maxRecords, _crypto);
        CryptographicOperations.ZeroMemory(secret);
        return direction;
    }
}
