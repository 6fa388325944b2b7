using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// Opens the second TCP connection when the server wakes the device (SPEC 7.7): one for a wake_id, none while one is open. A wake that comes
/// while one is open means that the server holds it for closed, so it is followed when that one is over.
/// </summary>
internal sealed class WakeConnections(Func<ulong, CancellationToken, Task<bool>> fetch, ILogger logger) : IAsyncDisposable
{
    /// <summary>wake_ids remembered, so that a late retransmission opens nothing: the server opens at most six a minute.</summary>
    private const int Remembered = 16;

    private readonly Lock _gate = new();
    private readonly Queue<ulong> _followed = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _open = Task.CompletedTask;
    private ulong? _next;
    private bool _stopped;

    /// <summary>WAKE, or WAKE_PENDING with an unknown wake_id: 0.</summary>
    public void OnWake(ulong wakeId)
    {
        lock (_gate)
        {
            if (_stopped || _followed.Contains(wakeId)) return;
            if (!_open.IsCompleted)
            {
                if (wakeId != 0) _next = wakeId;
                return;
            }
            Open(wakeId);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task open;
        lock (_gate)
        {
            _stopped = true;
            open = _open;
        }
        await _stopping.CancelAsync();
        await open;
        _stopping.Dispose();
    }

    private void Open(ulong wakeId)
    {
        _next = null;
        if (wakeId != 0)
        {
            if (_followed.Count == Remembered) _followed.Dequeue();
            _followed.Enqueue(wakeId);
        }
        _open = Task.Run(() => FollowAsync(wakeId));
    }

    private async Task FollowAsync(ulong wakeId)
    {
        bool reached = false;
        try
        {
            reached = await fetch(wakeId, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (EquipmentException e)
        {
            EquipmentLog.WakeFailed(logger, e.Message);
        }
#pragma warning disable CA1031 // one wake must not end the device's work
        catch (Exception e)
        {
            EquipmentLog.Unexpected(logger, e);
        }
#pragma warning restore CA1031
        lock (_gate)
        {
            // The server's next retransmission is another try.
            if (!reached) Forget(wakeId);
            if (_next is not { } next || _stopped) return;
            Open(next);
        }
    }

    private void Forget(ulong wakeId)
    {
        for (int i = _followed.Count; i > 0; i--)
        {
            ulong id = _followed.Dequeue();
            if (id != wakeId) _followed.Enqueue(id);
        }
    }
}
