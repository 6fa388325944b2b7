namespace FastRelay.Protocol.Handshake;

/// <summary>The client's key pair of one handshake (SPEC 4.6). Used by one thread at a time. Disposing forgets the private key.</summary>
public interface IEphemeralKey : IDisposable
{
    /// <summary>Writes the point and returns its length, <see cref="CipherSuite.PointSize"/>.</summary>
    int WritePoint(Span<byte> destination);

    /// <summary>Agrees with the peer's point.</summary>
    /// <param name="peer">The peer's point. Anything but a point on the curve in the form of SPEC 1.1 is refused.</param>
    /// <param name="z">Takes Z, <see cref="CipherSuite.FieldSize"/> bytes. The caller clears it.</param>
    /// <returns>False when the peer's point is refused.</returns>
    bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> z);
}
