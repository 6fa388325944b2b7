using System.Buffers.Binary;
using System.Security.Cryptography;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Records;
using FastRelay.Protocol.Wire;

namespace FastRelay.Protocol.Heartbeat;

/// <summary>
/// The keys that belong to a ticket (SPEC 6.3, 7.9): K_auth, which seals a RESUME, and K_root, from which the keys of the session that
/// it brings come. The device keeps them; the server has them from the ticket, in buffers of its own, and uses the functions over
/// spans, which allocate nothing. Disposing clears the keys.
/// </summary>
public sealed class ResumeKeys : IDisposable
{
    /// <summary>Bytes of each key.</summary>
    public const int KeySize = PacketAeadExtensions.KeySize;

    private const int NonceSize = 16;
    private const int IdSize = 16;

    // Pinned, so that the collector leaves no copy behind.
    private readonly byte[] _keys = GC.AllocateUninitializedArray<byte>(2 * KeySize, pinned: true);
    private bool _disposed;

    /// <summary>Copies both keys, 32 bytes each.</summary>
    public ResumeKeys(ReadOnlySpan<byte> auth, ReadOnlySpan<byte> root)
    {
        if (auth.Length != KeySize) throw new ArgumentException("K_auth has 32 bytes.", nameof(auth));
        if (root.Length != KeySize) throw new ArgumentException("K_root has 32 bytes.", nameof(root));
        auth.CopyTo(_keys);
        root.CopyTo(_keys.AsSpan(KeySize));
    }

    private ResumeKeys()
    {
    }

    /// <summary>K_auth, 32 bytes, good until this is disposed.</summary>
    public ReadOnlySpan<byte> Auth => Whole[..KeySize];

    /// <summary>K_root, 32 bytes, good until this is disposed.</summary>
    public ReadOnlySpan<byte> Root => Whole[KeySize..];

    private ReadOnlySpan<byte> Whole
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _keys;
        }
    }

    /// <summary>The keys of the ticket that comes with a registration (SPEC 6.3): <c>XL(exp, "resume", cid ‖ device_id, 64)</c>.</summary>
    public static ResumeKeys OfRegistration(SecureChannel channel, Cid cid, DeviceId device)
    {
        ArgumentNullException.ThrowIfNull(channel);
        var keys = new ResumeKeys();
        Span<byte> context = stackalloc byte[Cid.Size + IdSize];
        cid.Write(context);
        device.Write(context[Cid.Size..]);
        channel.Export("resume", context, keys._keys);
        return keys;
    }

    /// <summary>K_udp of the session that a RESUME brings (SPEC 7.9): 32 bytes, one HMAC.</summary>
    /// <param name="root">K_root.</param>
    /// <param name="clientNonce">RESUME's.</param>
    /// <param name="serverNonce">RESUME_ACK's.</param>
    /// <param name="cid">The new session's.</param>
    /// <param name="device">Whose it is.</param>
    /// <param name="key">Takes the key.</param>
    /// <param name="crypto">Computes it; null for the platform.</param>
    public static void DeriveSession(
        ReadOnlySpan<byte> root, UInt128 clientNonce, UInt128 serverNonce, Cid cid, DeviceId device, Span<byte> key, IConnectionCrypto? crypto = null)
    {
        Span<byte> context = stackalloc byte[(2 * NonceSize) + Cid.Size + IdSize];
        WriteContext(context, clientNonce, serverNonce, cid, device);
        if (crypto is null) LabelledHkdf.Expand(root, "udp resume", context, key[..KeySize]);
        else LabelledHkdf.Expand(crypto, CipherSuite.P256, root, "udp resume", context, key[..KeySize]);
    }

    /// <summary>The keys of the new ticket that a RESUME_ACK brings (SPEC 7.9): K_auth' ‖ K_root', 64 bytes.</summary>
    public static void DeriveNext(ReadOnlySpan<byte> root, UInt128 clientNonce, UInt128 serverNonce, Cid cid, DeviceId device, Span<byte> keys)
    {
        Span<byte> context = stackalloc byte[(2 * NonceSize) + Cid.Size + IdSize];
        WriteContext(context, clientNonce, serverNonce, cid, device);
        LabelledHkdf.Expand(root, "resume next", context, keys[..(2 * KeySize)]);
    }

    /// <summary>The binder of a HELLO that shows the ticket (SPEC 4.12), 32 bytes.</summary>
    /// <param name="root">K_root.</param>
    /// <param name="helloUpToBinder">HELLO's payload up to, without, the binder.</param>
    /// <param name="binder">At least <see cref="Hello.BinderSize"/> bytes.</param>
    public static void WriteBinder(ReadOnlySpan<byte> root, ReadOnlySpan<byte> helloUpToBinder, Span<byte> binder)
    {
        Span<byte> key = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        LabelledHkdf.Expand(root, "hello binder", [], key);
        SHA256.HashData(helloUpToBinder, hash);
        HMACSHA256.HashData(key, hash, binder[..Hello.BinderSize]);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Whether a HELLO's binder is that of its ticket's K_root (SPEC 4.12). Compares in constant time.</summary>
    public static bool IsBinder(ReadOnlySpan<byte> root, ReadOnlySpan<byte> helloUpToBinder, ReadOnlySpan<byte> binder)
    {
        Span<byte> expected = stackalloc byte[Hello.BinderSize];
        WriteBinder(root, helloUpToBinder, expected);
        return CryptographicOperations.FixedTimeEquals(expected, binder);
    }

    /// <summary>The keys of the new ticket that a RESUME_ACK brings, for the device to keep.</summary>
    public ResumeKeys Next(UInt128 clientNonce, UInt128 serverNonce, Cid cid, DeviceId device)
    {
        var next = new ResumeKeys();
        DeriveNext(Root, clientNonce, serverNonce, cid, device, next._keys);
        return next;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_keys);
    }

    private static void WriteContext(Span<byte> context, UInt128 clientNonce, UInt128 serverNonce, Cid cid, DeviceId device)
    {
        BinaryPrimitives.WriteUInt128BigEndian(context, clientNonce);
        BinaryPrimitives.WriteUInt128BigEndian(context[NonceSize..], serverNonce);
        cid.Write(context[(2 * NonceSize)..]);
        device.Write(context[((2 * NonceSize) + Cid.Size)..]);
    }
}
