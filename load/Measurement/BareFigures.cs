namespace FastRelay.Load.Measurement;

/// <summary>What <see cref="BareOperations"/> found, in µs of processor time each.</summary>
/// <param name="KeyGeneration">A key pair on P-256.</param>
/// <param name="Agreement">ECDH.</param>
/// <param name="Signature">ECDSA.</param>
/// <param name="Check">Of such a signature.</param>
/// <param name="Exchange">The server's own key pair and agreement in one, which checks the peer's point besides.</param>
internal sealed record BareFigures(double KeyGeneration, double Agreement, double Signature, double Check, double Exchange)
{
    /// <summary>Of a handshake in which the device signs as well: all four.</summary>
    public double Sum() => KeyGeneration + Agreement + Signature + Check;

    /// <summary>The server's exchange ÷ the two bare operations that it is made of.</summary>
    public double ExchangeRatio() => Exchange / (KeyGeneration + Agreement);
}
