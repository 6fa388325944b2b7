using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FastRelay.Load.IdleTcp;
using FastRelay.Load.Reports;

namespace FastRelay.Load.Tests;

public sealed class IdleTcpTests
{
    [Fact]
    public void The_kernels_share_is_read_from_its_own_words()
    {
        KernelMemory.SlabOf("MemTotal: 1 kB\nSlab:             123 kB\nSReclaimable: 5 kB\n").ShouldBe(123 * 1024);
        KernelMemory.TcpOf("sockets: used 9\nTCP: inuse 26 orphan 0 tw 3 alloc 30 mem 17\nUDP: inuse 1 mem 2\n").ShouldBe(17);
        KernelMemory.SlabOf("nothing of it").ShouldBe(0);
        KernelMemory.TcpOf("TCP: inuse 26\n").ShouldBe(0);
    }

    /// <summary>1.9 KB when this was written; above it stand what the server makes once, and garbage that a collection leaves.</summary>
    [Fact]
    public async Task An_idle_connection_of_an_issuer_costs_the_server_less_than_three_and_a_half_kilobytes_of_its_heap()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere streams are the base library's");
        var report = await ProgressDisplay.RunAsync(display => new IdleTcpRun(300).RunAsync(display, TestContext.Current.CancellationToken));
        report.StillOpen.ShouldBe(300);
        report.ManagedBytes.ShouldBeInRange(500, 3_500);
        report.SilentCut.Count.ShouldBe(report.Silent);
    }

    [Fact]
    public async Task Silent_connections_are_timed_until_they_are_cut_and_those_that_are_not_are_left_out()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        // Two are closed, the third one stands until nobody waits any more.
        var accepted = Task.Run(async () =>
        {
            var sockets = new List<Socket>();
            for (int i = 0; i < 3; i++) sockets.Add(await listener.AcceptAsync());
            sockets[0].Dispose();
            sockets[1].Dispose();
            return sockets[2];
        });
        var cut = await SilentConnections.CutAsync((IPEndPoint)listener.LocalEndPoint!, IPAddress.Loopback, 3, TimeSpan.FromSeconds(1), CancellationToken.None);
        (await accepted).Dispose();
        cut.Count.ShouldBe(2);
        cut.Max.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_report_has_the_names_that_scripts_read()
    {
        var report = new IdleTcpReport
        {
            Connections = 10,
            Pinned = false,
            StillOpen = 10,
            ResidentBytes = 5_000,
            ManagedBytes = 1,
            KernelSlabBytes = 2,
            KernelBufferBytes = 3,
            Silent = 2,
            SilentCut = ReportSamples.Times(2_000_000_000, 1),
        };
        var json = JsonDocument.Parse(ReportJson.Write(report.ToReport(), ReportSamples.Context)).RootElement;
        foreach (string name in (string[])[
            "connections", "still_open", "resident_bytes_per_connection", "managed_bytes_per_connection", "kernel_slab_bytes_per_connection",
            "kernel_buffer_bytes_per_connection", "silent", "silent_cut", "silent_stood_max_us"])
            json.TryGetProperty(name, out _).ShouldBeTrue(name);
        json.GetProperty("targets").GetProperty("resident_bytes_per_connection").GetProperty("met").GetBoolean().ShouldBeFalse();
        json.GetProperty("targets").GetProperty("silent_cut").GetProperty("met").GetBoolean().ShouldBeTrue();
    }
}
