using FastRelay.Equipment.Links;
using FastRelay.Equipment.State;
using FastRelay.Protocol.Handshake;
using FastRelay.Protocol.Request;
using FastRelay.Protocol.Tracing;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Devices;

/// <summary>
/// The second TCP connection (claims 9, 11): a HELLO of role 3 answers the wake, then the server sends its second connection requests
/// (SPEC 6.8) until 30 s pass without one.
/// </summary>
internal sealed class WakeFetcher(LinkSettings settings, DeviceState state, RequestServer requests)
{
    /// <summary>Longer than the server keeps an idle connection (SPEC 10.1), so that one whose end was lost doesn't block later wakes.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    /// <summary>Follows one wake. True once the server was reached.</summary>
    /// <exception cref="EquipmentException">The server wasn't reached, or broke the protocol.</exception>
    public async Task<bool> FetchAsync(ulong wakeId, CancellationToken cancellationToken)
    {
        await using var link = await ServerLink.ConnectAsync(settings, ConnectionRole.Wake, state.IdentityKey, wakeId, null, cancellationToken);
        try
        {
            while (await ReceiveAsync(link, cancellationToken) is { } message)
            {
                if (message.Type != InnerType.Connect2) throw LinkFailure.Malformed();
                link.Report(Signal.SecondRequest, message);
                var decision = requests.Decide(message.Content.Span);
                if (decision is null) continue;
                await AnswerAsync(link, decision, cancellationToken);
            }
            return true;
        }
        catch
        {
            link.Abort();
            throw;
        }
    }

    private async Task AnswerAsync(ServerLink link, RequestDecision decision, CancellationToken cancellationToken)
    {
        try
        {
            if (!decision.Answer.IsEmpty) await link.SendAsync(InnerType.Answer, decision.Answer, Signal.Answer, cancellationToken);
        }
        finally
        {
            // Also when the answer is lost: the issuer waits for the communication request all the same.
            requests.Serve(decision);
        }
    }

    private async Task<LinkMessage?> ReceiveAsync(ServerLink link, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Silence, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await link.ReceiveAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
