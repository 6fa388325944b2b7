using System.Security.Cryptography;

namespace FastRelay.Protocol.Request;

/// <summary>
/// The requests a device has seen in the last 300 s (SPEC 8.3, 1), by request_id and by e_pub, in bounded memory. When it is full, the
/// oldest request that was not accepted makes room: repeating one of those can do no more than be refused again. Accepted ones are never
/// forgotten early, so without room the device is busy. Used by one thread at a time.
/// </summary>
internal sealed class ReplayCache(int capacity)
{
    public const long KeptMs = 300_000;

    private readonly Dictionary<ulong, Seen> _byRequest = [];
    private readonly Dictionary<UInt128, Seen> _byPoint = [];
    private readonly Queue<Seen> _accepted = [];
    private readonly Queue<Seen> _others = [];

    public int Count => _accepted.Count + _others.Count;

    /// <summary>Whether an accepted request could be remembered.</summary>
    public bool HasRoom => Count < capacity || _others.Count > 0;

    /// <summary>What stands for an e_pub: 16 bytes of its hash.</summary>
    public static UInt128 PointKey(ReadOnlySpan<byte> ephemeralPoint)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(ephemeralPoint, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    public void Expire(long nowMs)
    {
        Expire(_accepted, nowMs);
        Expire(_others, nowMs);
    }

    public Seen? Find(ulong requestId) => _byRequest.GetValueOrDefault(requestId);

    public bool HasPoint(UInt128 point) => _byPoint.ContainsKey(point);

    public void Add(Seen seen)
    {
        if (Count >= capacity)
        {
            if (!_others.TryDequeue(out var oldest)) return;
            Forget(oldest);
        }
        _byRequest[seen.RequestId] = seen;
        _byPoint[seen.Point] = seen;
        (seen.Accepted ? _accepted : _others).Enqueue(seen);
    }

    private void Expire(Queue<Seen> queue, long nowMs)
    {
        while (queue.TryPeek(out var oldest) && nowMs - oldest.AtMs > KeptMs) Forget(queue.Dequeue());
    }

    private void Forget(Seen seen)
    {
        _byRequest.Remove(seen.RequestId);
        _byPoint.Remove(seen.Point);
    }

    /// <summary>One request and the ANSWER it got; empty when it got none.</summary>
    internal sealed record Seen(ulong RequestId, UInt128 Point, long AtMs, bool Accepted, ReadOnlyMemory<byte> Answer);
}
