using System.Net;
using FastRelay.Engine.Streams;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Tests.Scripted;

/// <summary>An issuer made by hand, with a listener of its own that shows whether the device dialled, and with every value of its requests in the test's hand.</summary>
internal sealed class HandmadeIssuer : IAsyncDisposable
{
    private readonly StreamListener _listener = StreamListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly DeviceId _device;
    private readonly Descriptor _descriptor;
    private ulong _requestId = 100;

    public HandmadeIssuer(DeviceId device, Descriptor descriptor)
    {
        _device = device;
        _descriptor = descriptor;
        Dialled = _listener.AcceptAsync().AsTask();
        Address = TransportAddress.From(_listener.LocalEndPoint);
    }

    /// <summary>Completes when the device has connected: when a SYN came and was answered.</summary>
    public Task<StreamConnection?> Dialled { get; private set; }

    public TransportAddress Address { get; }

    /// <summary>The session of the last request made.</summary>
    public IssuerSession Session { get; private set; } = null!;

    /// <summary>The content of a CONNECT2; each value may be bent.</summary>
    public byte[] Request(
        string? password = Loop.Password, TransportAddress? address = null, TransportAddress? candidate = null, bool breakBinding = false,
        ulong? requestId = null, DateTimeOffset? now = null, RequestCapabilities capabilities = RequestCapabilities.None)
    {
        byte[] clientKey = new byte[32];
        if (password is not null) PasswordStretcher.ClientKey(password, _device, _descriptor.Salt, _descriptor.Iterations, clientKey);
        byte[] binding = new byte[32];
        SystemEntropy.Instance.Fill(binding);
        Session = IssuerSession.Create(
            _descriptor, clientKey, binding, capabilities, [candidate ?? Address], now ?? DateTimeOffset.UtcNow, SystemEntropy.Instance);
        if (breakBinding) binding[31] ^= 1;
        var request = new Connect2
        {
            RequestId = requestId ?? ++_requestId,
            Address = address ?? candidate ?? Address,
            SessionBinding = binding,
            E2E1 = Session.E2E1.Span,
        };
        byte[] content = new byte[request.Size];
        request.Write(content);
        return content;
    }

    /// <summary>Reads an ANSWER's status and, where there is one, the verdict in it.</summary>
    public (AnswerStatus Status, Verdict? Verdict) Read(byte[] content)
    {
        Answer.TryParse(content, out var answer).ShouldBe(RejectReason.None);
        if (answer.Verdict.IsEmpty) return (answer.Status, null);
        Session.TryReadVerdict(answer.Verdict, out var verdict).ShouldBe(RejectReason.None);
        return (answer.Status, verdict);
    }

    /// <summary>Sends a request and reads its answer.</summary>
    public async Task<(AnswerStatus Status, Verdict? Verdict)> AskAsync(ScriptedConnection device, byte[] request)
    {
        await device.SendAsync(InnerType.Connect2, request);
        return Read(await device.ReceiveAsync(InnerType.Answer));
    }

    /// <summary>Waits for the device's next connection.</summary>
    public async Task<StreamConnection> AcceptAsync()
    {
        var connection = (await Dialled.WaitAsync(TimeSpan.FromSeconds(10))).ShouldNotBeNull();
        Dialled = _listener.AcceptAsync().AsTask();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        if (await Dialled is { } connection) await connection.DisposeAsync();
    }
}
