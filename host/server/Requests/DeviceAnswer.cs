using FastRelay.Protocol.Wire;

namespace FastRelay.Server.Requests;

/// <summary>What a device answered (SPEC 6.9).</summary>
/// <param name="Status">Accepted or refused.</param>
/// <param name="Verdict">What it sealed for the issuer, 98 bytes, or empty.</param>
internal sealed record DeviceAnswer(AnswerStatus Status, byte[] Verdict);
