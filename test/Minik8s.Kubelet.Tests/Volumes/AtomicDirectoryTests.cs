using System.Text;
using Minik8s.Kubelet.Volumes;

namespace Minik8s.Kubelet.Tests.Volumes;

public sealed class AtomicDirectoryTests : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _directory = Path.Combine(Directory.CreateTempSubdirectory("mk8s-atomic-").FullName, "volume");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true);

    [Fact]
    public void Write_shows_the_files_and_replaces_them_all_at_once()
    {
        Write(("a", "1"), ("sub/b", "2"));
        Assert.Equal("1", Read("a"));
        Assert.Equal("2", Read("sub/b"));
        Assert.Equal(Mode, File.GetUnixFileMode(Path.Combine(_directory, "a")));
        var first = new FileInfo(Path.Combine(_directory, "..data")).LinkTarget;

        Write(("a", "3"), ("c", "4"));
        Assert.Equal("3", Read("a"));
        Assert.Equal("4", Read("c"));
        Assert.False(Path.Exists(Path.Combine(_directory, "sub")));
        Assert.False(Directory.Exists(Path.Combine(_directory, first!)));
        Assert.NotEqual(first, new FileInfo(Path.Combine(_directory, "..data")).LinkTarget);
        Assert.False(Path.Exists(Path.Combine(_directory, "..data_tmp")));
    }

    [Fact]
    public void Write_of_the_same_files_changes_nothing()
    {
        Write(("a", "1"));
        var link = new FileInfo(Path.Combine(_directory, "..data")).LinkTarget;
        Write(("a", "1"));
        Assert.Equal(link, new FileInfo(Path.Combine(_directory, "..data")).LinkTarget);
    }

    [Fact]
    public void Write_goes_on_after_a_crash_in_its_midst()
    {
        Write(("a", "1"));
        File.CreateSymbolicLink(Path.Combine(_directory, "..data_tmp"), "..half");
        Directory.CreateDirectory(Path.Combine(_directory, "..half"));
        Write(("a", "2"));
        Assert.Equal("2", Read("a"));
    }

    private void Write(params (string Name, string Text)[] files) =>
        AtomicDirectory.Write(_directory, files.ToDictionary(f => f.Name, f => (Encoding.UTF8.GetBytes(f.Text), Mode)), TimeProvider.System);

    private string Read(string name) => File.ReadAllText(Path.Combine(_directory, name));
}
