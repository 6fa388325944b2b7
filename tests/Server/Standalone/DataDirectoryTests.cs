using FastRelay.Server.Data;

namespace FastRelay.Server.Tests.Standalone;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"fastrelay-data-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_path)) Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public void It_is_made_for_its_owner_alone_and_so_are_its_files()
    {
        using var data = DataDirectory.Open(_path);
        data.Write("secret", [1, 2, 3]);

        if (OperatingSystem.IsWindows()) return;
        File.GetUnixFileMode(_path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string file in Directory.GetFiles(_path))
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }

    [Fact]
    public void Random_bytes_are_made_once_and_kept()
    {
        byte[] first;
        using (var data = DataDirectory.Open(_path)) first = data.ReadOrCreateRandom("node_secret", 32);
        using (var data = DataDirectory.Open(_path)) data.ReadOrCreateRandom("node_secret", 32).ShouldBe(first);
        first.ShouldNotBe(new byte[32]);
    }

    [Fact]
    public void A_file_that_others_may_read_is_refused_with_what_to_do()
    {
        if (OperatingSystem.IsWindows()) return;
        using var data = DataDirectory.Open(_path);
        data.Write("node_secret", new byte[32]);
        File.SetUnixFileMode(data.PathOf("node_secret"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Should.Throw<DataDirectoryException>(() => data.Read("node_secret")).Message.ShouldContain("chmod 0600");
    }

    [Fact]
    public void A_directory_that_others_may_enter_is_refused()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);
        Should.Throw<DataDirectoryException>(() => DataDirectory.Open(_path)).Message.ShouldContain("chmod 0700");
    }

    [Fact]
    public void Two_servers_cannot_have_one_directory()
    {
        using var first = DataDirectory.Open(_path);
        Should.Throw<DataDirectoryException>(() => DataDirectory.Open(_path)).Message.ShouldContain("locked");
    }

    [Fact]
    public void A_secret_of_the_wrong_length_is_refused_and_not_replaced()
    {
        using var data = DataDirectory.Open(_path);
        data.Write("node_secret", [1, 2, 3]);
        Should.Throw<DataDirectoryException>(() => data.ReadOrCreateRandom("node_secret", 32)).Message.ShouldContain("3 bytes");
        data.Read("node_secret").ShouldBe([1, 2, 3]);
    }
}
