using FastRelay.Protocol;

namespace FastRelay.Server.Requests;

/// <summary>
/// Where requests and woken devices meet: at most one wake and one connection a device; requests that come while it is being
/// woken share the wake (SPEC 7.7). Thread-safe.
/// </summary>
internal sealed class WokenDevices(IEntropy entropy, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, Meeting> _meetings = [];

    /// <summary>Adds a request. It is the caller's to send it over the connection, or to start the wake.</summary>
    /// <returns>The device's connection when it has one; else the wake's id, and whether this request is the one that starts it.</returns>
    public (IWokenDevice? Connection, ulong WakeId, bool StartsWake) Join(PendingRequest request)
    {
        lock (_gate)
        {
            if (!_meetings.TryGetValue(request.Device, out var meeting)) _meetings[request.Device] = meeting = new Meeting();
            meeting.Requests.Add(request);
            if (meeting.Connection is not null) return (meeting.Connection, 0, false);
            // A device that answered a wake long ago and didn't come is woken anew.
            if (meeting.WakeId != 0 && time.GetElapsedTime(meeting.WokenAt) < RoutePlan.P4Patience) return (null, meeting.WakeId, false);
            meeting.WakeId = NewWakeId();
            meeting.WokenAt = time.GetTimestamp();
            return (null, meeting.WakeId, true);
        }
    }

    /// <summary>The wake couldn't be started: the next request may try again.</summary>
    public void WakeFailed(DeviceId device, ulong wakeId)
    {
        lock (_gate)
        {
            if (_meetings.TryGetValue(device, out var meeting) && meeting.WakeId == wakeId) meeting.WakeId = 0;
        }
    }

    /// <summary>The request is answered or given up.</summary>
    /// <returns>The id of the wake that nobody waits for any more; 0 when there is none.</returns>
    public ulong Leave(PendingRequest request)
    {
        lock (_gate)
        {
            if (!_meetings.TryGetValue(request.Device, out var meeting)) return 0;
            meeting.Requests.Remove(request);
            if (meeting.Requests.Count > 0) return 0;
            ulong wakeId = meeting.WakeId;
            meeting.WakeId = 0;
            if (meeting.Connection is null) _meetings.Remove(request.Device);
            return wakeId;
        }
    }

    /// <summary>The device has connected and proven itself.</summary>
    /// <returns>The requests that wait for it, the connection it had before, and the id of the wake that this answers.</returns>
    public (PendingRequest[] Requests, IWokenDevice? Before, ulong WakeId) Arrive(DeviceId device, IWokenDevice connection)
    {
        lock (_gate)
        {
            if (!_meetings.TryGetValue(device, out var meeting)) _meetings[device] = meeting = new Meeting();
            var before = meeting.Connection;
            ulong wakeId = meeting.WakeId;
            meeting.Connection = connection;
            meeting.WakeId = 0;
            return ([.. meeting.Requests], before, wakeId);
        }
    }

    /// <summary>The device's connection is gone.</summary>
    public void Depart(DeviceId device, IWokenDevice connection)
    {
        lock (_gate)
        {
            if (!_meetings.TryGetValue(device, out var meeting) || !ReferenceEquals(meeting.Connection, connection)) return;
            meeting.Connection = null;
            if (meeting.Requests.Count == 0) _meetings.Remove(device);
        }
    }

    /// <summary>Random, so that nobody but the device can name it; never 0, which stands for unknown.</summary>
    private ulong NewWakeId()
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong id;
        do
        {
            entropy.Fill(bytes);
            id = BitConverter.ToUInt64(bytes);
        }
        while (id == 0);
        return id;
    }

    private sealed class Meeting
    {
        public List<PendingRequest> Requests { get; } = [];

        public IWokenDevice? Connection { get; set; }

        /// <summary>The open wake; 0 when there is none.</summary>
        public ulong WakeId { get; set; }

        /// <summary>When it was started.</summary>
        public long WokenAt { get; set; }
    }
}
