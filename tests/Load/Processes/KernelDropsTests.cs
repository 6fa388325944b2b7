using FastRelay.Load.Processes;

namespace FastRelay.Load.Tests.Processes;

public sealed class KernelDropsTests
{
    private static readonly string[] Table =
    [
        "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops",
        "  301: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 16311 2 0000000000000000 12",
        "  302: 00000000:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 16312 2 0000000000000000 30",
        "  303: 0100007F:1F91 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 16313 2 0000000000000000 500",
    ];

    [Fact]
    public void The_drops_of_all_sockets_of_a_port_are_summed()
    {
        KernelDrops.OfPort(Table, 0x1F90).ShouldBe(42);
        KernelDrops.OfPort(Table, 0x1F91).ShouldBe(500);
        KernelDrops.OfPort(Table, 0x1F92).ShouldBe(0);
    }
}
