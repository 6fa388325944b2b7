using System.Collections.Concurrent;
using System.Net;
using FastRelay.Engine.Interop.Linux;
using FastRelay.Load.Processes;
using FastRelay.Protocol.Handshake;

namespace FastRelay.Load.Handshakes.Clients;

/// <summary>
/// A thread that drives many clients. It never sleeps while it runs: a generator that did would have the server pay for waking it with each
/// segment, which peers on other machines don't cost.
/// </summary>
internal sealed class HandshakeLoop : IAsyncDisposable
{
    private const int Batch = 64;
    private const int TurnsPerLook = 4096;

    private readonly EpollSet _ready = new();
    private readonly ConcurrentQueue<HandshakeClient> _starting = new();
    private readonly Dictionary<int, HandshakeClient> _clients = [];
    private readonly GeneratorCrypto _crypto = new();
    private readonly KeptPolicy _policy;
    private readonly Task _running;
    private volatile bool _stopping;

    /// <summary>Starts its thread.</summary>
    /// <param name="policy">What the server's chain must be.</param>
    public HandshakeLoop(CertificatePolicy policy)
    {
        _policy = new KeptPolicy(policy);
        _running = OwnThread.RunAsync(Run);
    }

    /// <summary>Has a client begin; from any thread.</summary>
    public void Post(HandshakeClient client) => _starting.Enqueue(client);

    /// <summary>A client of its own.</summary>
    public HandshakeClient CreateClient(IPEndPoint server, IPAddress source) => new(this, server, source);

    /// <summary>The machine of one handshake.</summary>
    public ClientHandshake CreateHandshake(HandshakeKind kind) => new(new ClientHandshakeOptions
    {
        Role = kind.Role,
        Policy = _policy,
        Identity = kind.Identity,
        Suites = CipherSuite.P256.Bit,
        Cached = kind.Known,
        Crypto = _crypto,
    });

    /// <summary>Ends the thread; handshakes under way are left alone, which their servers notice.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await _running;
        foreach (var client in _clients.Values) client.Dispose();
        _ready.Dispose();
        _crypto.Dispose();
        _policy.Dispose();
    }

    private void Run()
    {
        Span<int> ready = stackalloc int[Batch];
        for (int turn = 1; !_stopping; turn++)
        {
            while (_starting.TryDequeue(out var client)) Begin(client);
            int count = _ready.Wait(0, ready);
            foreach (int descriptor in ready[..count]) _clients[descriptor].OnReadable();
            if (turn % TurnsPerLook == 0) GiveUp();
        }
    }

    private void Begin(HandshakeClient client)
    {
        client.Begin();
        if (client.Descriptor == 0) return;
        // A descriptor's number comes back as soon as it is closed, and the set forgets it then.
        _clients[client.Descriptor] = client;
        _ready.Add(client.Descriptor);
    }

    private void GiveUp()
    {
        foreach (var client in _clients.Values.Where(client => client.IsGivenUp).ToList()) client.GiveUp();
    }
}
