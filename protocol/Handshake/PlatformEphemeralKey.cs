using System.Security.Cryptography;

namespace FastRelay.Protocol.Handshake;

/// <summary><see cref="IEphemeralKey"/> by the base library.</summary>
/// <param name="suite">Whose curve it is on.</param>
/// <param name="key">The key pair; owned from now on.</param>
internal sealed class PlatformEphemeralKey(CipherSuite suite, ECDiffieHellman key) : IEphemeralKey
{
    public int WritePoint(Span<byte> destination) => EcPoint.Write(key, destination);

    public bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> z)
    {
        if (!EcPoint.TryImportAgreement(suite, peer, out var imported)) return false;
        using (imported)
        {
            byte[] shared = EcPoint.Agree(key, imported);
            shared.CopyTo(z);
            CryptographicOperations.ZeroMemory(shared);
            return true;
        }
    }

    public void Dispose() => key.Dispose();
}
