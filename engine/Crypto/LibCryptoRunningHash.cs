using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using FastRelay.Engine.Interop.Linux;

namespace FastRelay.Engine.Crypto;

/// <summary>
/// A hash that grows and can be looked at on its way (<see cref="LibCryptoHmac.StartHash"/>), by libcrypto's blocks. It is one object without
/// native memory; not thread-safe.
/// </summary>
public sealed unsafe class LibCryptoRunningHash
{
    private const int StateSize = 64;

    private readonly ShaHash _hash;
    private State _state;
    private Block _block;
    private int _held;
    private int _added;

    internal LibCryptoRunningHash(ShaHash hash)
    {
        _hash = hash;
        fixed (State* state = &_state) hash.Begin((byte*)state);
    }

    /// <summary>Adds bytes. At most 2 GiB in all.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int size = _hash.BlockSize;
        fixed (State* state = &_state)
        {
            if (_held > 0)
            {
                int taken = Math.Min(bytes.Length, size - _held);
                bytes[..taken].CopyTo(Held(_held, taken));
                bytes = bytes[taken..];
                _held += taken;
                if (_held < size) return;
                fixed (Block* block = &_block) _hash.Add((byte*)state, (byte*)block);
                _added += size;
                _held = 0;
            }
            fixed (byte* from = bytes)
            {
                int at = 0;
                for (; bytes.Length - at >= size; at += size) _hash.Add((byte*)state, from + at);
                _added += at;
                _held = bytes.Length - at;
                bytes[at..].CopyTo(Held(0, _held));
            }
        }
    }

    /// <summary>The hash of what was added so far; more may follow.</summary>
    /// <param name="hash">Takes 32 or 48 bytes.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    [SkipLocalsInit]
    public void Current(Span<byte> hash)
    {
        if (hash.Length != _hash.HashSize) throw new ArgumentException("The hash has another size.", nameof(hash));
        byte* context = stackalloc byte[ShaBlocks.ContextSize];
        fixed (State* state = &_state) _hash.Begin(context, (byte*)state);
        _hash.End(context, _added, Held(0, _held), hash);
    }

    /// <summary>Forgets all of it.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(Held(0, ShaHash.MaxBlock));
        fixed (State* state = &_state) _hash.Clear((byte*)state);
    }

    private Span<byte> Held(int from, int count) => ((Span<byte>)_block).Slice(from, count);

    [InlineArray(StateSize)]
    private struct State
    {
        private byte _first;
    }

    [InlineArray(ShaHash.MaxBlock)]
    private struct Block
    {
        private byte _first;
    }
}
