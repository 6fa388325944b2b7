using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Requests;

/// <summary>What the issuer is told (SPEC 6.6), but for ref and waited_ms.</summary>
/// <param name="Status">The status.</param>
/// <param name="RetryAfterSeconds">When limited.</param>
/// <param name="Verdict">What the device sealed for the issuer, or empty.</param>
internal readonly record struct IssuerAnswer(ResultStatus Status, ushort RetryAfterSeconds, ReadOnlyMemory<byte> Verdict)
{
    public static IssuerAnswer NoAnswer => new(ResultStatus.NoAnswer, 0, default);

    /// <summary>Unknown, offline, denied and refused without a verdict look the same.</summary>
    public static IssuerAnswer Unavailable => new(ResultStatus.Unavailable, 0, default);

    public static IssuerAnswer AddressRefused => new(ResultStatus.AddressRefused, 0, default);

    public static IssuerAnswer Limited(int retryAfterSeconds) =>
        new(ResultStatus.Limited, (ushort)Math.Clamp(retryAfterSeconds, 1, ushort.MaxValue), default);

    public static IssuerAnswer Of(DeviceAnswer answer) =>
        new(answer.Status == AnswerStatus.Accepted ? ResultStatus.Accepted : ResultStatus.Unavailable, 0, answer.Verdict);
}
