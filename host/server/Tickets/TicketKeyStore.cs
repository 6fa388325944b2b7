using FastRelay.Protocol;
using FastRelay.Protocol.Heartbeat;
using FastRelay.Protocol.Wire;
using FastRelay.Server.Data;
using FastRelay.Server.Logging;
using FastRelay.Server.Options;

namespace FastRelay.Server.Tickets;

/// <summary>
/// Keeps the ticket keys (SPEC 7.9): in the data directory, sealed under a key of the node, so that devices come back with their tickets after a
/// restart; a new one every day. <see cref="Current"/> may be read by any thread at any time.
/// </summary>
internal sealed class TicketKeyStore : IAsyncDisposable
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "ticket_keys";

    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    private readonly DataDirectory _data;
    private readonly NodeKeys _nodeKeys;
    private readonly HeartbeatOptions _options;
    private readonly ServerEvents _events;
    private readonly IEntropy _entropy;
    private readonly TimeProvider _time;
    private readonly PlatformPacketAead _aead = new(capacity: 1);
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private volatile TicketKeys _current;

    /// <exception cref="DataDirectoryException">The file can't be read or written, or is damaged.</exception>
    public TicketKeyStore(DataDirectory data, NodeKeys nodeKeys, HeartbeatOptions options, ServerEvents events, IEntropy entropy, TimeProvider time)
    {
        _data = data;
        _nodeKeys = nodeKeys;
        _options = options;
        _events = events;
        _entropy = entropy;
        _time = time;
        uint epoch = (uint)options.TicketEpoch;
        if (Load() is { } kept && kept.Epoch == epoch)
        {
            _current = kept;
            if (kept.Rotate(Now, Lifetime, entropy) is var rotated && rotated != kept) Publish(rotated);
        }
        else
        {
            // Another epoch has other keys too, so that an old ticket stays refused when the epoch is set back.
            _current = TicketKeys.Create(epoch, Now, entropy);
            Save(_current);
        }
        // Often: the wall clock may be set while it waits, and a machine may sleep.
        _timer = time.CreateTimer(static store => ((TicketKeyStore)store!).Rotate(), this, LookEvery, LookEvery);
    }

    /// <summary>The keys as they are now. Take it anew for each ticket, or batch of tickets.</summary>
    public TicketKeys Current => _current;

    /// <summary>The present time as tickets have it, Unix seconds.</summary>
    public uint Now => (uint)_time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Seconds that a ticket lives at most.</summary>
    public uint Lifetime => (uint)_options.SessionLifetime.TotalSeconds;

    /// <summary>Rotates no more.</summary>
    public void Stop() => _timer.Dispose();

    /// <summary>Ends rotation and overwrites the keys; whoever used them has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _current.Forget(successor: null, _entropy);
        _aead.Dispose();
    }

    private void Rotate()
    {
        lock (_gate)
        {
            var next = _current.Rotate(Now, Lifetime, _entropy);
            if (next == _current) return;
            try
            {
                Publish(next);
                _events.TicketKeysRotated(next.Count);
            }
            catch (DataDirectoryException e)
            {
                // The present key goes on, and the next look tries again.
                _events.TicketKeysNotRotated(e);
            }
        }
    }

    /// <summary>First kept, then used: no ticket is given out that the next run can't open.</summary>
    private void Publish(TicketKeys next)
    {
        Save(next);
        var old = _current;
        _current = next;
        old.Forget(next, _entropy);
    }

    private TicketKeys? Load()
    {
        if (_data.Read(FileName) is not { } file) return null;
        var reason = TicketKeys.Import(file, _nodeKeys.SealKey, _aead, out var keys);
        string path = _data.PathOf(FileName);
        return reason switch
        {
            RejectReason.None => keys,
            RejectReason.BadVersion => throw new DataDirectoryException(
                $"{path} is of a newer version of this program: start that one, or remove the file: devices then register anew."),
            _ => throw new DataDirectoryException(
                $"{path} is damaged or belongs to another node_secret ({reason}): restore both from one backup, or remove {FileName}: devices then register anew."),
        };
    }

    private void Save(TicketKeys keys) => _data.Write(FileName, keys.Export(_nodeKeys.SealKey, _aead, _entropy));
}
