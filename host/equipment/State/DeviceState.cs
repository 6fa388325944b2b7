using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.Request;

namespace FastRelay.Equipment.State;

/// <summary>
/// What a device keeps between runs: its identity key, from which its ID follows (SPEC 3.1), its key for agreement (SPEC 8.2),
/// and what it needs to compare a password (SPEC 8.1), never the password. Owns the keys.
/// </summary>
internal sealed class DeviceState : IDisposable
{
    public DeviceState(ECDsa identityKey, ECDiffieHellman agreementKey, DevicePassword? password)
    {
        IdentityKey = identityKey;
        AgreementKey = agreementKey;
        Password = password;
        PublicKey = PointOf(identityKey.ExportParameters(includePrivateParameters: false).Q);
        Id = DeviceId.FromPublicKey(PublicKey);
    }

    /// <summary>The identity key, P-256.</summary>
    public ECDsa IdentityKey { get; }

    /// <summary>The key for agreement, P-256: kem_pub's private half.</summary>
    public ECDiffieHellman AgreementKey { get; }

    /// <summary>id_pub, 65 bytes.</summary>
    public byte[] PublicKey { get; }

    /// <summary>The ID that follows from the identity key.</summary>
    public DeviceId Id { get; }

    /// <summary>What the password is compared with; null until one was set.</summary>
    public DevicePassword? Password { get; set; }

    /// <summary>Makes the two keys of a new device, hence a new ID.</summary>
    public static DeviceState Create() =>
        new(ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256), password: null);

    public void Dispose()
    {
        IdentityKey.Dispose();
        AgreementKey.Dispose();
    }

    private static byte[] PointOf(in ECPoint point) => [0x04, .. point.X!, .. point.Y!];
}
