using FastRelay.Protocol;
using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Tests.Support;

/// <summary>A CONNECT2 as a device received it.</summary>
internal sealed record SecondRequest(ulong RequestId, bool SamePublic, TransportAddress Address, byte[] SessionBinding, byte[] E2E1)
{
    public static SecondRequest Parse(ReadOnlySpan<byte> content)
    {
        Connect2.TryParse(content, out var request).ShouldBe(RejectReason.None);
        return new SecondRequest(request.RequestId, request.SamePublic, request.Address, request.SessionBinding.ToArray(), request.E2E1.ToArray());
    }
}
