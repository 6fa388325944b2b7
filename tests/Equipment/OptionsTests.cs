namespace FastRelay.Equipment.Tests;

public class OptionsTests
{
    private static readonly ServerAddress Server = new("localhost", 4710);

    public static TheoryData<string, DeviceOptions> BadDevices => new()
    {
        { nameof(DeviceOptions.PasswordIterations), Device(iterations: 99_999) },
        { nameof(DeviceOptions.PasswordIterations), Device(iterations: 2_000_001) },
        { nameof(DeviceOptions.MaxConnections), Device(connections: 0) },
        { nameof(DeviceOptions.HeartbeatInterval), Device(interval: TimeSpan.FromMilliseconds(999)) },
        { nameof(DeviceOptions.HeartbeatInterval), Device(interval: TimeSpan.FromSeconds(401)) },
        { nameof(DeviceOptions.DataDirectory), Device(directory: "") },
        { "password", Device(password: "") },
    };

    [Theory]
    [MemberData(nameof(BadDevices))]
    public void A_device_option_out_of_bounds_is_named(string name, DeviceOptions options)
    {
        var error = Should.Throw<EquipmentException>(options.Validate);
        error.Error.ShouldBe(EquipmentError.Options);
        error.Message.ShouldContain(name);
    }

    [Fact]
    public void A_bad_value_is_told_with_what_is_allowed() =>
        Should.Throw<EquipmentException>(Device(connections: 70_000).Validate).Message
            .ShouldBe("MaxConnections is 70000; allowed is 1 to 65536.");

    [Fact]
    public void The_defaults_are_allowed()
    {
        Device().Validate();
        new IssuerOptions { Server = Server, Trust = ServerTrust.SystemStore }.Validate();
    }

    [Fact]
    public void An_issuer_option_out_of_bounds_is_named() =>
        Should.Throw<EquipmentException>(new IssuerOptions { Server = Server, Trust = ServerTrust.SystemStore, RequestTimeout = TimeSpan.FromMinutes(2) }.Validate)
            .Message.ShouldBe("RequestTimeout is 120 s; allowed is 1 to 60 s.");

    private static DeviceOptions Device(
        int iterations = 600_000, int connections = 512, TimeSpan? interval = null, string directory = "x", string? password = null) => new()
        {
            Server = Server,
            Trust = ServerTrust.SystemStore,
            DataDirectory = directory,
            Password = password,
            OnConnection = (_, _) => Task.CompletedTask,
            PasswordIterations = iterations,
            MaxConnections = connections,
            HeartbeatInterval = interval,
        };
}
