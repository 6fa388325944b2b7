using System.Diagnostics;
using System.Net;
using FastRelay.Load.Processes;
using FastRelay.Load.Versus;

namespace FastRelay.Load.Tests.Versus;

public sealed class PeerTests
{
    [Fact]
    public void The_processor_time_is_read_after_the_programs_name_whatever_that_is() =>
        ProcessorTimes.Read("4711 (a ) 1 2 name) S 1 4711 4711 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 100 0 0").ShouldBe(TimeSpan.FromSeconds(3));

    [Fact]
    public void The_processor_time_of_this_process_is_what_the_runtime_says()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("The kernel's accounting is read from /proc.");
        var least = Environment.CpuUsage.TotalTime - TimeSpan.FromMilliseconds(20);
        ProcessorTimes.OfTree(Environment.ProcessId).ShouldBeGreaterThanOrEqualTo(least);
        ProcessorTimes.OfTree(int.MaxValue).ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("coturn")]
    [InlineData("kamailio")]
    public void A_peer_listens_where_it_is_told_and_on_loopback_alone(string name)
    {
        var directory = Directory.CreateTempSubdirectory("fastrelay-test-");
        try
        {
            var peer = Peer.All[name];
            peer.Name.ShouldBe(name);
            var arguments = peer.Prepare(new IPEndPoint(IPAddress.Loopback, 47_110), directory);
            string all = string.Join(' ', arguments) + string.Concat(directory.GetFiles().Select(f => File.ReadAllText(f.FullName)));
            all.ShouldContain("127.0.0.1");
            all.ShouldContain("47110");
            byte[] probe = new byte[peer.MaxDatagram];
            int length = peer.WriteProbe(probe, new IPEndPoint(IPAddress.Loopback, 47_110));
            length.ShouldBeInRange(20, peer.MaxDatagram);
            peer.IsProbeAnswer(probe.AsSpan(0, length)).ShouldBeFalse();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task What_a_guard_started_ends_with_it()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Peers run on Linux.");
        int id;
        await using (var guard = WorkerProcess.Start("guard", "--", "sleep", "600"))
        {
            id = (await guard.ReadAsync(WorkerJson.Default.PeerReady, CancellationToken.None)).Id;
            Process.GetProcessById(id).ProcessName.ShouldBe("sleep");
        }
        Should.Throw<ArgumentException>(() => Process.GetProcessById(id));
    }
}
