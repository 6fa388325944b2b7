using FastRelay.Protocol.Handshake;
using FastRelay.Server.Logging;

namespace FastRelay.Server.Data;

/// <summary>
/// Keeps the server certificate current: replaces it before it ends. Handshakes under way finish with the old one; clients that
/// cached its chain get the new one whole (SPEC 4.9).
/// </summary>
internal sealed class CertificateRenewal : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private readonly ServerCertificates _certificates;
    private readonly IReadOnlyList<string> _names;
    private readonly ServerEvents _events;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private DateTimeOffset _renewAt;

    public CertificateRenewal(ServerCertificates certificates, IReadOnlyList<string> names, ServerEvents events, TimeProvider time)
    {
        _certificates = certificates;
        _names = names;
        _events = events;
        _time = time;
        var issued = certificates.LoadOrIssue(LocalNames.Gather(names), time.GetUtcNow());
        _renewAt = certificates.RenewalOf(issued);
        Credentials = new ServerCredentialStore(new ServerCredential(issued.Key, issued.Chain));
        events.CertificateLoaded(issued.NotAfter);
        if (issued.NotAfter >= certificates.AuthorityNotAfter) events.AuthorityEnds(certificates.AuthorityNotAfter);
        _running = RunAsync();
    }

    /// <summary>What handshakes take their certificate from.</summary>
    public ServerCredentialStore Credentials { get; }

    /// <summary>Renews no more.</summary>
    public void Stop() => _stopping.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Credentials.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            // In short steps: the wall clock may be set while it waits, and a machine may sleep.
            var wait = _renewAt - _time.GetUtcNow();
            wait = wait > LongestWait ? LongestWait : wait < ShortestWait ? ShortestWait : wait;
            await Task.Delay(wait, _time, _stopping.Token);
            if (_time.GetUtcNow() >= _renewAt) Renew();
        }
    }

    private void Renew()
    {
        try
        {
            var issued = _certificates.Issue(LocalNames.Gather(_names), _time.GetUtcNow());
            Credentials.Replace(new ServerCredential(issued.Key, issued.Chain));
            _renewAt = _certificates.RenewalOf(issued);
            _events.CertificateRenewed(issued.NotAfter);
            if (issued.NotAfter >= _certificates.AuthorityNotAfter) _events.AuthorityEnds(_certificates.AuthorityNotAfter);
        }
        catch (DataDirectoryException e)
        {
            _events.CertificateNotRenewed(e, Credentials.Current.NotAfter);
            _renewAt = _time.GetUtcNow() + LongestWait;
        }
    }
}
