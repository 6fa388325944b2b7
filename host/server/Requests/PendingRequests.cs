using System.Collections.Concurrent;
using FastRelay.Protocol;

namespace FastRelay.Server.Requests;

/// <summary>The requests that wait, by their id. Thread-safe.</summary>
internal sealed class PendingRequests
{
    private readonly ConcurrentDictionary<ulong, PendingRequest> _byId = [];

    public void Add(PendingRequest request) => _byId[request.Id] = request;

    public void Remove(PendingRequest request) => _byId.TryRemove(request.Id, out _);

    /// <summary>Gives the answer to the request that <paramref name="device"/> was asked; another device's, or a late one, is passed over.</summary>
    public bool TryAnswer(DeviceId device, ulong requestId, DeviceAnswer answer)
    {
        if (!_byId.TryGetValue(requestId, out var request) || request.Device != device) return false;
        request.Answer(answer);
        return true;
    }
}
