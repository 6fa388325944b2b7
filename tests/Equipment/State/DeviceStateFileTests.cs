using System.Text.Json.Nodes;
using FastRelay.Equipment.State;
using FastRelay.Protocol.Request;

namespace FastRelay.Equipment.Tests.State;

public sealed class DeviceStateFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Trait("Claim", "8")]
    [Trait("Claim", "12")]
    [Trait("Claim", "23")]
    public void The_id_outlives_the_process()
    {
        byte[] agreement;
        FastRelay.Protocol.DeviceId id;
        using (var first = DeviceStateFile.Open(_directory.Path))
        {
            id = first.State.Id;
            agreement = first.State.AgreementKey.ExportSubjectPublicKeyInfo();
        }

        using var second = DeviceStateFile.Open(_directory.Path);

        second.State.Id.ShouldBe(id);
        second.State.AgreementKey.ExportSubjectPublicKeyInfo().ShouldBe(agreement);
    }

    [Fact]
    [Trait("Claim", "10")]
    [Trait("Claim", "14")]
    [Trait("Claim", "25")]
    [Trait("Claim", "29")]
    public void What_the_password_is_compared_with_outlives_the_process_and_the_keys_stay()
    {
        var password = new DevicePassword(Enumerable.Repeat((byte)7, 16).ToArray(), 100_000, Enumerable.Repeat((byte)9, 32).ToArray());
        FastRelay.Protocol.DeviceId id;
        using (var first = DeviceStateFile.Open(_directory.Path))
        {
            first.State.Password.ShouldBeNull();
            id = first.State.Id;
            first.SetPassword(password);
        }

        using var second = DeviceStateFile.Open(_directory.Path);

        second.State.Id.ShouldBe(id);
        second.State.Password!.Iterations.ShouldBe(100_000);
        second.State.Password.Salt.ToArray().ShouldBe([.. Enumerable.Repeat((byte)7, 16)]);
        second.State.Password.StoredKey.ToArray().ShouldBe([.. Enumerable.Repeat((byte)9, 32)]);
    }

    [Fact]
    public void File_and_directory_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        using var file = DeviceStateFile.Open(_directory.Path);

        File.GetUnixFileMode(_directory.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string path in Directory.GetFiles(_directory.Path))
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, path);
    }

    [Fact]
    public void A_key_file_that_others_may_read_is_refused_with_the_command_that_mends_it()
    {
        if (OperatingSystem.IsWindows()) return;
        DeviceStateFile.Open(_directory.Path).Dispose();
        string path = _directory.File("device.json");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var error = Should.Throw<EquipmentException>(() => DeviceStateFile.Open(_directory.Path));

        error.Error.ShouldBe(EquipmentError.State);
        error.Message.ShouldContain($"chmod 600 '{path}'");
    }

    [Fact]
    public void A_directory_that_others_may_write_is_refused_with_the_command_that_mends_it()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_directory.Path);
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);

        Should.Throw<EquipmentException>(() => DeviceStateFile.Open(_directory.Path)).Message.ShouldContain("chmod 700");
        Directory.GetFiles(_directory.Path).ShouldBeEmpty();
    }

    [Fact]
    public void A_directory_in_use_is_refused_until_its_holder_lets_go()
    {
        var first = DeviceStateFile.Open(_directory.Path);

        Should.Throw<EquipmentException>(() => DeviceStateFile.Open(_directory.Path)).Message.ShouldContain("Another device process");

        first.Dispose();
        DeviceStateFile.Open(_directory.Path).Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":2}")]
    [InlineData("{\"version\":1,\"identity_key\":\"AAAA\",\"agreement_key\":\"AAAA\"}")]
    [InlineData("{\"version\":1,\"identity_key\":\"not base64!\",\"agreement_key\":\"AAAA\"}")]
    public void A_damaged_file_is_an_error_and_never_a_new_id(string content)
    {
        DeviceStateFile.Open(_directory.Path).Dispose();
        File.WriteAllText(_directory.File("device.json"), content);

        var error = Should.Throw<EquipmentException>(() => DeviceStateFile.Open(_directory.Path));

        error.Error.ShouldBe(EquipmentError.State);
        error.Message.ShouldContain("damaged");
        error.Message.ShouldNotContain("\n");
        File.ReadAllText(_directory.File("device.json")).ShouldBe(content);
    }

    [Theory]
    [InlineData("salt", "AAAA")]
    [InlineData("stored_key", "AAAA")]
    [InlineData("iterations", 99_999)]
    [InlineData("iterations", 2_000_001)]
    [InlineData("salt", null)]
    [InlineData("surprise", "x")]
    public void A_file_with_one_value_out_of_bounds_is_damaged(string name, object? value)
    {
        using (var file = DeviceStateFile.Open(_directory.Path))
            file.SetPassword(new DevicePassword(new byte[16], 100_000, new byte[32]));
        string path = _directory.File("device.json");
        var document = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        document[name] = value is null ? null : JsonValue.Create(value);
        File.WriteAllText(path, document.ToJsonString());

        Should.Throw<EquipmentException>(() => DeviceStateFile.Open(_directory.Path)).Message.ShouldContain("damaged");
    }

    [Fact]
    public void Neither_a_password_nor_its_stretched_key_is_in_the_file()
    {
        using var file = DeviceStateFile.Open(_directory.Path);
        file.SetPassword(new DevicePassword(new byte[16], 100_000, new byte[32]));

        var names = JsonNode.Parse(File.ReadAllText(_directory.File("device.json")))!.AsObject().Select(p => p.Key);

        names.ShouldBe(["version", "identity_key", "agreement_key", "salt", "iterations", "stored_key"]);
    }
}
