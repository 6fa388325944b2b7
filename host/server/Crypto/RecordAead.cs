using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using FastRelay.Protocol.Records;
using Microsoft.Extensions.ObjectPool;

namespace FastRelay.Server.Crypto;

/// <summary>A key, and a context only while it is used: an idle connection holds one small object of it.</summary>
internal sealed class RecordAead : IRecordAead
{
    /// <summary>Longest text that the processor's own instructions are the faster for (docs/decisions/0011).</summary>
    private const int MostByHardware = 512;

    private const int KeySize = 32;

    private readonly ObjectPool<LibCryptoWorker> _workers;
    private Key _key;

    /// <summary>Takes a copy of a key.</summary>
    public RecordAead(ObjectPool<LibCryptoWorker> workers, ReadOnlySpan<byte> key)
    {
        _workers = workers;
        key.CopyTo(_key);
    }

    public void Seal(ReadOnlySpan<byte> nonce, Span<byte> text, Span<byte> tag, ReadOnlySpan<byte> aad)
    {
        var worker = _workers.Get();
        if (text.Length <= MostByHardware && worker.Hardware is { } hardware) hardware.Seal(_key, nonce, text, text, tag, aad);
        else worker.Gcm.Seal(_key, nonce, text, text, tag, aad);
        _workers.Return(worker);
    }

    public bool TryOpen(ReadOnlySpan<byte> nonce, Span<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad)
    {
        var worker = _workers.Get();
        bool verifies = text.Length <= MostByHardware && worker.Hardware is { } hardware
            ? hardware.TryOpen(_key, nonce, text, tag, aad)
            : worker.Gcm.TryOpen(_key, nonce, text, tag, aad);
        _workers.Return(worker);
        return verifies;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    [InlineArray(KeySize)]
    private struct Key
    {
        private byte _first;
    }
}
