using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Material;

/// <summary>Both machines of a handshake, run against each other in memory.</summary>
/// <param name="suite">The suite that both offer, alone.</param>
/// <param name="crypto">What the server computes with; null for the platform's.</param>
internal sealed class HandshakePair(CipherSuite suite, IConnectionCrypto? crypto = null)
{
    private readonly Authority _authority = new();
    private readonly ECDsa _identity = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TransportAddress _client = TransportAddress.From(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 40_123));
    private readonly ArrayBufferWriter<byte> _toServer = new();
    private readonly ArrayBufferWriter<byte> _toClient = new();

    private ServerHandshakeSettings Settings => field ??= new ServerHandshakeSettings
    {
        Credentials = _authority.Credentials,
        NodeKeys = new NodeKeys(new byte[NodeKeys.SecretSize], 1),
        Suites = suite.Bit,
        Crypto = crypto ?? PlatformConnectionCrypto.Instance,
    };

    /// <summary>One whole handshake.</summary>
    /// <returns>The chain that the client may keep.</returns>
    public ServerChain Run(ConnectionRole role, ServerChain? cached)
    {
        var (onClient, onServer, chain) = RunToChannels(role, cached);
        onClient.Dispose();
        onServer.Dispose();
        return chain;
    }

    /// <summary>The same with both ends of the connection, which the caller disposes. Throws when it fails: a failure would be measured as fast.</summary>
    public (SecureChannel OnClient, SecureChannel OnServer, ServerChain Chain) RunToChannels(ConnectionRole role, ServerChain? cached)
    {
        using var client = new ClientHandshake(new ClientHandshakeOptions
        {
            Role = role,
            Policy = _authority.Policy,
            Identity = role == ConnectionRole.Issuer ? null : _identity,
            Cached = cached,
            Suites = suite.Bit,
        });
        using var server = new ServerHandshake(Settings, _client);
        _toServer.ResetWrittenCount();
        _toClient.ResetWrittenCount();
        client.Start(_authority.Now, _toServer);
        var clientStatus = HandshakeStatus.Continue;
        var serverStatus = HandshakeStatus.Continue;
        while (_toServer.WrittenCount + _toClient.WrittenCount > 0)
        {
            serverStatus = Take(_toServer, (in Frame f) => server.Process(f.Type, f.Payload.FirstSpan, _authority.Now, _toClient), serverStatus);
            clientStatus = Take(_toClient, (in Frame f) => client.Process(f.Type, f.Payload.FirstSpan, _authority.Now, _toServer), clientStatus);
        }
        if (clientStatus != HandshakeStatus.Completed || serverStatus != HandshakeStatus.Completed)
            throw new InvalidOperationException($"The handshake failed: {client.Reason}, {server.Reason}.");
        return (client.TakeChannel(), server.TakeChannel(), client.ServerChain!);
    }

    private delegate HandshakeStatus Processor(in Frame frame);

    private static HandshakeStatus Take(ArrayBufferWriter<byte> from, Processor process, HandshakeStatus status)
    {
        var input = new ReadOnlySequence<byte>(from.WrittenMemory);
        while (FrameReader.TryRead(ref input, FrameHeader.MaxPayloadAuthenticated, out var frame) == FrameStatus.Frame) status = process(frame);
        from.ResetWrittenCount();
        return status;
    }
}
