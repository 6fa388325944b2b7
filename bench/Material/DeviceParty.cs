using System.Net;
using System.Security.Cryptography;
using FastRelay.Protocol;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Request;

namespace FastRelay.Bench.Material;

/// <summary>A device with its keys and descriptor, and what an issuer needs to ask for it.</summary>
internal sealed class DeviceParty
{
    private static readonly byte[] SessionBinding = new byte[RequestPayload.SessionBindingSize];
    private static readonly TransportAddress[] Candidates = [TransportAddress.From(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 40_123))];
    private readonly byte[] _clientKey = RandomNumberGenerator.GetBytes(PasswordStretcher.KeySize);

    public DeviceParty()
    {
        var stored = new DevicePassword(new byte[DevicePassword.SaltSize], DevicePassword.MinIterations, new byte[PasswordStretcher.KeySize]);
        Descriptor = Descriptor.Create(Identity, Agreement, stored, Now.AddDays(1));
    }

    public DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

    public ECDsa Identity { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDiffieHellman Agreement { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public Descriptor Descriptor { get; }

    public DeviceId Id => Descriptor.DeviceId;

    public IssuerSession Ask() =>
        IssuerSession.Create(Descriptor, _clientKey, SessionBinding, RequestCapabilities.None, Candidates, Now, SystemEntropy.Instance);
}
