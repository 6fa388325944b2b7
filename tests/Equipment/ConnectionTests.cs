using System.Security.Cryptography;
using FastRelay.Equipment.Tests.Scripted;

namespace FastRelay.Equipment.Tests;

/// <summary>Issuer and device through a scripted server, on real sockets.</summary>
public class ConnectionTests
{
    [Fact]
    [Trait("Claim", "5")]
    [Trait("Claim", "8")]
    [Trait("Claim", "9")]
    [Trait("Claim", "20")]
    [Trait("Claim", "23")]
    [Trait("Claim", "24")]
    [Trait("Claim", "32")]
    [Trait("Claim", "33")]
    public async Task A_device_that_is_woken_dials_the_issuer_and_they_talk_both_ways()
    {
        await using var loop = Loop.Start();
        var (stream, _) = await loop.ConnectAsync();

        byte[] sent = RandomNumberGenerator.GetBytes(300_000);
        var writing = Task.Run(async () =>
        {
            await stream.WriteAsync(sent);
            await stream.CompleteWritesAsync();
        });
        var received = new MemoryStream();
        await stream.CopyToAsync(received).WaitAsync(TimeSpan.FromSeconds(10));
        await writing;

        received.ToArray().ShouldBe(sent);
    }
}
