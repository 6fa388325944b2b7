using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Wire;

namespace FastRelay.Equipment.Issuers;

/// <summary>What RESULT said (SPEC 6.6), with the device's verdict opened.</summary>
/// <param name="Status">The server's word.</param>
/// <param name="Verdict">The device's word; null when it said nothing that could be opened.</param>
/// <param name="RetryAfter">How long to wait.</param>
/// <param name="Waited">How long the server waited for the device.</param>
internal readonly record struct RequestResult(ResultStatus Status, Verdict? Verdict, TimeSpan RetryAfter, TimeSpan Waited);
