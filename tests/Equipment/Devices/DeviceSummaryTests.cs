using FastRelay.Equipment.State;
using FastRelay.Protocol.Request;

namespace FastRelay.Equipment.Tests.Devices;

public sealed class DeviceSummaryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void It_is_read_while_the_device_holds_its_directory()
    {
        using var held = DeviceStateFile.Open(_directory.Path);
        DeviceSummary.Read(_directory.Path).ShouldBe(new DeviceSummary(held.State.Id, HasPassword: false));

        held.SetPassword(new DevicePassword(new byte[DevicePassword.SaltSize], DevicePassword.MinIterations, new byte[PasswordStretcher.KeySize]));
        DeviceSummary.Read(_directory.Path).ShouldBe(new DeviceSummary(held.State.Id, HasPassword: true));
    }

    [Fact]
    public void Where_no_device_has_lived_there_is_none_and_none_is_made()
    {
        DeviceSummary.Read(_directory.Path).ShouldBeNull();
        Directory.Exists(_directory.Path).ShouldBeFalse();
    }
}
