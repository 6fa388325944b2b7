namespace FastRelay.Protocol.Tracing;

/// <summary>
/// An observer whose exceptions go no further: who only watches must not stop a device, an issuer or a server. It is told of every signal
/// all the same, so that a fault that passes costs one signal and not the trace.
/// </summary>
/// <param name="observer">Who is told.</param>
/// <param name="onFailure">Is told of each exception, on the thread that handled the signal.</param>
public sealed class IsolatedObserver(ISignalObserver observer, Action<Exception> onFailure) : ISignalObserver
{
    /// <summary>An observer that is isolated; null for null.</summary>
    public static ISignalObserver? Of(ISignalObserver? observer, Action<Exception> onFailure) =>
        observer is null ? null : new IsolatedObserver(observer, onFailure);

    /// <inheritdoc/>
    public void OnSignal(in SignalEvent signal)
    {
        try
        {
            observer.OnSignal(signal);
        }
#pragma warning disable CA1031 // whatever it is, it is the observer's
        catch (Exception e)
        {
            onFailure(e);
        }
#pragma warning restore CA1031
    }
}
