using FastRelay.Protocol.Tracing;
using Microsoft.Extensions.Logging;

namespace FastRelay.Equipment;

/// <summary>What becomes of an observer's exceptions: the first goes to the log, none goes further.</summary>
internal static class ObserverFaults
{
    /// <summary>The observer, isolated; null for null.</summary>
    public static ISignalObserver? Isolate(ISignalObserver? observer, ILogger logger)
    {
        int told = 0;
        return IsolatedObserver.Of(observer, e =>
        {
            if (Interlocked.Exchange(ref told, 1) == 0) EquipmentLog.ObserverFailed(logger, e);
        });
    }
}
