using System.Security.Cryptography;
using FastRelay.Protocol.EndToEnd;
using FastRelay.Protocol.Request;

namespace FastRelay.Protocol.Tests.EndToEnd;

/// <summary>A device with its keys, password and descriptor, and what an issuer needs to ask for it.</summary>
internal sealed class Parties : IDisposable
{
    public const string Password = "correct horse";

    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly TransportAddress IssuerAddress = TransportAddress.From(new(new System.Net.IPAddress([203, 0, 113, 7]), 40123));

    // Stretching is slow on purpose: once for all tests of the run.
    private static readonly Lazy<Parties> SharedInstance = new(static () => new Parties(seed: 1));

    public Parties(byte seed)
    {
        Identity = FixedEntropy.SigningKey(Scalar(seed, 0x11));
        Agreement = FixedEntropy.Key(Scalar(seed, 0x22));
        byte[] point = new byte[65];
        EcPoint.Write(Identity, point);
        Id = DeviceId.FromPublicKey(point);
        DevicePassword = DevicePassword.Create(Id, Password, new FixedEntropy(), DevicePassword.MinIterations);
        Descriptor = Descriptor.Create(Identity, Agreement, DevicePassword, Now.AddDays(7));
        ClientKey = Stretch(Password);
    }

    public static Parties Shared => SharedInstance.Value;

    public ECDsa Identity { get; }

    public ECDiffieHellman Agreement { get; }

    public DeviceId Id { get; }

    public DevicePassword DevicePassword { get; }

    public Descriptor Descriptor { get; }

    public byte[] ClientKey { get; }

    public static byte[] Binding { get; } = [.. Enumerable.Range(100, 32).Select(static i => (byte)i)];

    public byte[] Stretch(string password)
    {
        byte[] key = new byte[32];
        PasswordStretcher.ClientKey(password, Id, DevicePassword.Salt, DevicePassword.Iterations, key);
        return key;
    }

    public IssuerSession Seal(byte[]? clientKey = null, byte[]? binding = null, RequestCapabilities capabilities = default,
        TransportAddress[]? candidates = null, DateTimeOffset? now = null, Descriptor? descriptor = null, IEntropy? entropy = null) =>
        IssuerSession.Create(descriptor ?? Descriptor, clientKey ?? ClientKey, binding ?? Binding, capabilities,
            candidates ?? [IssuerAddress], now ?? Now, entropy ?? SystemEntropy.Instance);

    public DeviceSession Open(IssuerSession issuer)
    {
        DeviceSession.TryOpen(issuer.E2E1.Span, Id, Agreement, out var session).ShouldBe(Protocol.Wire.RejectReason.None);
        return session!;
    }

    public void Dispose()
    {
        Identity.Dispose();
        Agreement.Dispose();
    }

    private static byte[] Scalar(byte seed, byte fill)
    {
        byte[] d = new byte[32];
        Array.Fill(d, fill);
        d[31] = seed;
        return d;
    }
}
