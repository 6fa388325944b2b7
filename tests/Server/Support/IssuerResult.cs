using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Tests.Support;

/// <summary>A RESULT, with its bytes.</summary>
internal sealed record IssuerResult(uint Ref, ResultStatus Status, ushort RetryAfter, uint WaitedMs, byte[] Verdict, byte[] Content)
{
    /// <summary>Its bytes without ref and waited_ms: what must not tell why a device is unavailable.</summary>
    public byte[] Uniform => [.. Content[4..8], .. Content[12..]];

    public static IssuerResult Parse(byte[] content)
    {
        Result.TryParse(content, out var result).ShouldBe(RejectReason.None);
        return new IssuerResult(result.Ref, result.Status, result.RetryAfterSeconds, result.WaitedMs, result.Verdict.ToArray(), content);
    }
}
