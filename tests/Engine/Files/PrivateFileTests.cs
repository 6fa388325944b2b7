using FastRelay.Engine.Files;

namespace FastRelay.Engine.Tests.Files;

public sealed class PrivateFileTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public PrivateFileTests() => PrivateFile.CreateDirectory(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_replaced_file_holds_the_new_content_and_leaves_nothing_beside_it()
    {
        string path = Path.Combine(_directory, "secret");

        PrivateFile.Replace(path, "first, and longer"u8);
        PrivateFile.Replace(path, "second"u8);

        File.ReadAllText(path).ShouldBe("second");
        Directory.GetFiles(_directory).ShouldBe([path]);
    }

    [Fact]
    public void A_new_file_and_directory_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        string path = Path.Combine(_directory, "secret");

        PrivateFile.Replace(path, "x"u8);

        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(_directory).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        PrivateFile.IsOpenToOthers(path).ShouldBeFalse();
        PrivateFile.IsDirectoryWritableByOthers(_directory).ShouldBeFalse();
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_another_may_touch_is_reported_as_open(UnixFileMode extra)
    {
        if (OperatingSystem.IsWindows()) return;
        string path = Path.Combine(_directory, "secret");
        PrivateFile.Replace(path, "x"u8);

        File.SetUnixFileMode(path, UnixFileMode.UserRead | extra);

        PrivateFile.IsOpenToOthers(path).ShouldBeTrue();
    }

    [Fact]
    public void A_failed_replacement_keeps_the_old_content()
    {
        string path = Path.Combine(_directory, "a-directory");
        Directory.CreateDirectory(Path.Combine(path, "with-content"));

        Should.Throw<Exception>(() => PrivateFile.Replace(path, "x"u8));

        Directory.Exists(Path.Combine(path, "with-content")).ShouldBeTrue();
        Directory.GetFiles(_directory).ShouldBeEmpty();
    }
}
