using System.Diagnostics;
using System.Security.Cryptography;
using FastRelay.Engine.Crypto;
using FastRelay.Protocol;

namespace FastRelay.Load.Measurement;

/// <summary>Times the asymmetric operations of one handshake, bare: what a server is measured against that does nothing else.</summary>
internal static class BareOperations
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(400);

    /// <summary>Processor time of each, in µs; nobody else may work in this process meanwhile. Throws <see cref="LoadException"/> without OpenSSL 3.</summary>
    public static BareFigures Measure()
    {
        using var operations = EvpOperations.Create() ?? throw new LoadException("There is no libcrypto of OpenSSL 3 to measure against.");
        if (!LibCryptoCurve.TryCreateP256(out var made)) throw new LoadException($"The server wouldn't use libcrypto's curve: {LibCryptoCurve.WhyUnsupported}.");
        using var curve = made;
        byte[] peer = new byte[curve.PointSize], own = new byte[curve.PointSize], secret = new byte[curve.FieldSize];
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256)) EcPoint.Write(key, peer);
        return new BareFigures(
            Time(operations.Generate), Time(operations.Agree), Time(operations.Sign), Time(operations.Check), Time(() => curve.TryAgree(peer, own, secret)));
    }

    private static double Time(Action once)
    {
        for (int i = 0; i < 500; i++) once();
        var before = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        int count = 0;
        do
        {
            for (int i = 0; i < 100; i++) once();
            count += 100;
        }
        while (Stopwatch.GetElapsedTime(started) < Least);
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / count;
    }
}
