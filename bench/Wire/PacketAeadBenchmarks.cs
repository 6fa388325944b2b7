using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using FastRelay.Engine.Crypto;
using FastRelay.Protocol.Wire;

namespace FastRelay.Bench.Wire;

/// <summary>
/// The cryptography of one heartbeat: the check of its tag and the tag of its ACK, 24 bytes each, under one key. With the keys of a few
/// devices, which the platform's authenticator keeps, and of more devices than it keeps. docs/decisions/0005 and 0011 have the figures.
/// </summary>
public class PacketAeadBenchmarks
{
    private readonly PlatformPacketAead _platform = new();
    private readonly byte[][] _keys = [.. Enumerable.Range(0, 8 * PlatformPacketAead.DefaultCapacity).Select(i => SHA256.HashData(BitConverter.GetBytes(i)))];
    private readonly byte[] _nonce = new byte[PacketAeadExtensions.NonceSize];
    private readonly byte[] _aad = new byte[24];
    private readonly byte[] _tag = new byte[PacketAeadExtensions.TagSize];
    private readonly byte[] _body = new byte[28];
    private readonly byte[] _opened = new byte[28];
    private readonly byte[] _long = new byte[PacketAeadExtensions.MaxBody];
    private LibCryptoGcm? _gcm;
    private HardwareGcm? _hardware;
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        LibCryptoGcm.TryCreate(out _gcm);
        HardwareGcm.TryCreate(out _hardware);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _gcm?.Dispose();
        _hardware?.Dispose();
    }

    [Benchmark]
    public void Platform_warm_key() => CheckAndAcknowledge(_platform, _keys[0]);

    [Benchmark]
    public void Platform_cold_key() => CheckAndAcknowledge(_platform, _keys[_next++ % _keys.Length]);

    /// <summary>Where there is no libcrypto this does nothing, in no time.</summary>
    [Benchmark]
    public void LibCrypto_kept_key() => CheckAndAcknowledge(_gcm, _keys[0]);

    [Benchmark]
    public void LibCrypto_new_key() => CheckAndAcknowledge(_gcm, _keys[_next++ % _keys.Length]);

    /// <summary>A body of 28 bytes, as of a WAKE, opened by sealing twice.</summary>
    [Benchmark]
    public void LibCrypto_new_key_body() => Open(_gcm, _keys[_next++ % _keys.Length]);

    /// <summary>Where the processor has no such instructions this does nothing, in no time.</summary>
    [Benchmark]
    public void Hardware_kept_key() => CheckAndAcknowledge(_hardware, _keys[0]);

    [Benchmark]
    public void Hardware_new_key() => CheckAndAcknowledge(_hardware, _keys[_next++ % _keys.Length]);

    /// <summary>As <see cref="LibCrypto_new_key_body"/>.</summary>
    [Benchmark]
    public void Hardware_new_key_body()
    {
        byte[] key = _keys[_next++ % _keys.Length];
        _hardware?.Seal(key, _nonce, _body, _opened, _tag, _aad);
        _hardware?.Seal(key, _nonce, _opened, _opened, _tag, _aad);
    }

    /// <summary>The longest body of a datagram (SPEC 7.8), sealed.</summary>
    [Benchmark]
    public void Hardware_long_body() => _hardware?.Seal(_keys[0], _nonce, _long, _long, _tag, _aad);

    /// <inheritdoc cref="Hardware_long_body"/>
    [Benchmark]
    public void LibCrypto_long_body() => _gcm?.Seal(_keys[0], _nonce, _long, _long, _tag, _aad);

    private void CheckAndAcknowledge(PlatformPacketAead aead, byte[] key)
    {
        aead.Seal(key, _nonce, [], [], _tag, _aad);
        aead.Seal(key, _nonce, [], [], _tag, _aad);
    }

    private void CheckAndAcknowledge(LibCryptoGcm? aead, byte[] key)
    {
        aead?.Seal(key, _nonce, [], [], _tag, _aad);
        aead?.Seal(key, _nonce, [], [], _tag, _aad);
    }

    private void CheckAndAcknowledge(HardwareGcm? aead, byte[] key)
    {
        aead?.Seal(key, _nonce, [], [], _tag, _aad);
        aead?.Seal(key, _nonce, [], [], _tag, _aad);
    }

    private void Open(LibCryptoGcm? aead, byte[] key)
    {
        aead?.Seal(key, _nonce, _body, _opened, _tag, _aad);
        aead?.Seal(key, _nonce, _opened, _opened, _tag, _aad);
    }
}
