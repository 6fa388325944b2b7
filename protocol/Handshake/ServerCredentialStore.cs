namespace FastRelay.Protocol.Handshake;

/// <summary>
/// The server's current <see cref="ServerCredential"/>, replaceable while it runs. New handshakes take the new one; those under way
/// finish with the one they began with, which is destroyed when the last of them has: the overlap in which both hold. Thread-safe.
/// </summary>
public sealed class ServerCredentialStore : IDisposable
{
    private readonly Lock _gate = new();
    private ServerCredential? _current;

    /// <summary>Starts with a credential, owned from now on.</summary>
    public ServerCredentialStore(ServerCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        _current = credential;
    }

    /// <summary>The credential that new handshakes take: for showing its chain and its end, not for signing.</summary>
    public ServerCredential Current
    {
        get { lock (_gate) return _current ?? throw new ObjectDisposedException(nameof(ServerCredentialStore)); }
    }

    /// <summary>Makes another credential the current one; it is owned from now on.</summary>
    public void Replace(ServerCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        ServerCredential? old;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_current is null, this);
            old = _current;
            _current = credential;
        }
        if (!ReferenceEquals(old, credential)) old.Release();
    }

    /// <summary>Lets go of the current credential.</summary>
    public void Dispose()
    {
        ServerCredential? old;
        lock (_gate)
        {
            old = _current;
            _current = null;
        }
        old?.Release();
    }

    /// <summary>The current credential with a share in it; the handshake releases it.</summary>
    internal ServerCredential Lease()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_current is null, this);
            // The store's own share goes only after the credential has left the field, under this lock.
            _current.AddLease();
            return _current;
        }
    }
}
