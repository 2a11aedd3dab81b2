using System.CommandLine;
using Minik8s.Host.Configuration;

namespace Minik8s.Host.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void A_flag_wins_over_the_file_and_the_file_over_the_default()
    {
        using var file = new TemporaryFile("port: 7443\nnode-name: from-file\ntls-san: [a.example, b.example]\n");
        var options = Read("--config", file.Path, "--node-name", "from-flag");
        Assert.Equal(7443, options.Port);
        Assert.Equal("from-flag", options.NodeName);
        Assert.Equal(["a.example", "b.example"], options.TlsSans);
        Assert.Equal(10250, options.KubeletPort);
    }

    [Theory]
    [InlineData("nodename: a\n", "there is no setting \"nodename\"")]
    [InlineData("- a\n", "expected a mapping")]
    [InlineData("port: {a: b}\n", "takes a value or a list of values")]
    [InlineData("port: many\n", "\"many\" is not a number")]
    [InlineData("a: [\n", "line")]
    public void A_bad_file_is_refused_with_a_reason(string text, string reason)
    {
        using var file = new TemporaryFile(text);
        Assert.Contains(reason, Assert.Throws<UsageException>(() => Read("--config", file.Path)).Message);
    }

    [Theory]
    [InlineData("--node-ip", "here", "is not an IP address")]
    [InlineData("--service-cidr", "10.0.0.0", "is not a network")]
    [InlineData("--port", "70000", "is not a port")]
    [InlineData("--node-name", "Upper_Case", "RFC 1123")]
    [InlineData("--bridge-name", "a-name-that-is-too-long", "is not an interface name")]
    [InlineData("--node-label", "novalue", "key=value")]
    [InlineData("--log-level", "loud", "is none of")]
    [InlineData("--datastore-endpoint", "mysql://u:p@tcp(localhost)/k", "is not the address of an etcd member")]
    [InlineData("--datastore-cafile", "/nonexistent", "there is no file")]
    [InlineData("--datastore-certfile", "/dev/null", "belong together")]
    [InlineData("--datastore-cafile", "/dev/null", "without its --datastore-endpoint")]
    public void A_bad_flag_is_refused_with_a_reason(string flag, string value, string reason) =>
        Assert.Contains(reason, Assert.Throws<UsageException>(() => Read(flag, value)).Message);

    [Fact]
    public void A_datastore_has_several_endpoints_and_files_or_none_at_all()
    {
        Assert.Null(Read().Datastore);
        var options = Read(
            "--datastore-endpoint", "https://10.0.0.1:2379, https://10.0.0.2:2379", "--datastore-cafile", "/dev/null", "--datastore-certfile", "/dev/null", "--datastore-keyfile", "/dev/null");
        Assert.Equal([new("https://10.0.0.1:2379"), new("https://10.0.0.2:2379")], options.Datastore!.Endpoints);
        Assert.Equal(("/dev/null", "/dev/null", "/dev/null"), (options.Datastore.AuthorityFile, options.Datastore.CertificateFile, options.Datastore.KeyFile));
    }

    private static HostOptions Read(params string[] arguments)
    {
        var command = new RootCommand();
        foreach (var option in SettingGroups.All) command.Options.Add(option);
        return HostOptions.From(new SettingsReader(command.Parse(arguments)));
    }

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
