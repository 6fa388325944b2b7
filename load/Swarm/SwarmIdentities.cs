using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;

namespace FastRelay.Load.Swarm;

/// <summary>
/// Who the devices of a swarm are: IDs, ticket keys and nonces, computed from a seed whenever they are needed (the key stream of AES-256-GCM
/// under the seed, with the device's number as nonce), so that a device costs no memory for them. Owned by one thread.
/// </summary>
/// <param name="seed">32 bytes.</param>
/// <param name="aead">The swarm's.</param>
internal sealed class SwarmIdentities(byte[] seed, IPacketAead aead)
{
    private const int IdentitySize = 16 + (2 * ResumeKeys.KeySize) + PacketAeadExtensions.NonceSize;

    private readonly byte[] _zero = new byte[IdentitySize];

    /// <summary>A device's identity.</summary>
    public Identity Of(int device)
    {
        var identity = default(Identity);
        Fill(domain: 1, device, 0, identity.Bytes);
        return identity;
    }

    /// <summary>The client_nonce of a device's return (SPEC 7.9).</summary>
    public UInt128 Nonce(int device, byte ordinal)
    {
        Span<byte> nonce = stackalloc byte[16];
        Fill(domain: 2, device, ordinal, nonce);
        return BinaryPrimitives.ReadUInt128BigEndian(nonce);
    }

    private void Fill(byte domain, int device, byte ordinal, Span<byte> stream)
    {
        Span<byte> nonce = stackalloc byte[PacketAeadExtensions.NonceSize];
        Span<byte> tag = stackalloc byte[PacketAeadExtensions.TagSize];
        nonce.Clear();
        nonce[0] = domain;
        nonce[1] = ordinal;
        BinaryPrimitives.WriteInt32BigEndian(nonce[4..], device);
        aead.Seal(seed, nonce, _zero.AsSpan(0, stream.Length), stream, tag, []);
    }

    /// <summary>device_id 16, K_auth 32, K_root 32, and the nonce 12 under which the device's ticket is sealed.</summary>
    [InlineArray(IdentitySize)]
    internal struct Identity
    {
        private byte _first;

        /// <summary>All of it.</summary>
        [UnscopedRef]
        public Span<byte> Bytes => this;

        /// <summary>The equipment ID.</summary>
        public readonly DeviceId Device => DeviceId.Read(((ReadOnlySpan<byte>)this)[..16]);

        /// <summary>K_auth.</summary>
        [UnscopedRef]
        public readonly ReadOnlySpan<byte> AuthKey => ((ReadOnlySpan<byte>)this).Slice(16, ResumeKeys.KeySize);

        /// <summary>K_root.</summary>
        [UnscopedRef]
        public readonly ReadOnlySpan<byte> RootKey => ((ReadOnlySpan<byte>)this).Slice(16 + ResumeKeys.KeySize, ResumeKeys.KeySize);

        /// <summary>The ticket's nonce.</summary>
        [UnscopedRef]
        public readonly ReadOnlySpan<byte> TicketNonce => ((ReadOnlySpan<byte>)this)[^PacketAeadExtensions.NonceSize..];
    }
}
