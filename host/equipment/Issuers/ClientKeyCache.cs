using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;

namespace FastRelay.Equipment.Issuers;

/// <summary>
/// Stretched passwords (SPEC 8.1), since stretching costs a good part of a second: kept for each device, salt and password while the issuer
/// lives, found by a keyed hash so that no password is kept. Thread-safe; many requests at once stretch once.
/// </summary>
internal sealed class ClientKeyCache(IEntropy entropy) : IDisposable
{
    /// <summary>Keys kept; then all are forgotten: no issuer uses so many passwords.</summary>
    private const int Capacity = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<Key, Task<byte[]>> _keys = [];
    private readonly byte[] _tagKey = RandomKey(entropy);

    /// <summary>The key, 32 bytes, the cache's own; 32 zero bytes without a password. Stretches on the thread pool.</summary>
    public Task<byte[]> GetAsync(DeviceId device, Descriptor descriptor, string? password)
    {
        if (string.IsNullOrEmpty(password)) return Task.FromResult(new byte[PasswordStretcher.KeySize]);
        var key = new Key(device, BinaryPrimitives.ReadUInt128BigEndian(descriptor.Salt), descriptor.Iterations, TagOf(password));
        lock (_gate)
        {
            if (_keys.TryGetValue(key, out var known) && !known.IsFaulted) return known;
            if (_keys.Count >= Capacity) Forget();
            return _keys[key] = Task.Run(() => Stretch(device, descriptor, password));
        }
    }

    public void Dispose()
    {
        lock (_gate) Forget();
        CryptographicOperations.ZeroMemory(_tagKey);
    }

    private static byte[] Stretch(DeviceId device, Descriptor descriptor, string password)
    {
        byte[] clientKey = new byte[PasswordStretcher.KeySize];
        try
        {
            PasswordStretcher.ClientKey(password, device, descriptor.Salt, descriptor.Iterations, clientKey);
            return clientKey;
        }
        catch (ArgumentException e)
        {
            throw new EquipmentException(EquipmentError.Options, "The password isn't text, or is too long.", e);
        }
    }

    private static byte[] RandomKey(IEntropy entropy)
    {
        byte[] key = new byte[32];
        entropy.Fill(key);
        return key;
    }

    private UInt128 TagOf(string password)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_tagKey, MemoryMarshal.AsBytes(password.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Requests that wait for a key hold a reference to it, so it isn't cleared under them but left to the collector.</summary>
    private void Forget() => _keys.Clear();

    private readonly record struct Key(DeviceId Device, UInt128 Salt, int Iterations, UInt128 Password);
}
