using System.Diagnostics;
using Minik8s.Host.Kubeconfig;

namespace Minik8s.Host.Tests.Kubeconfig;

public sealed class UserKubeconfigTests : IDisposable
{
    private static readonly KubeconfigCredentials Credentials = new("https://127.0.0.1:6443", "CA PEM\n", "CERT PEM\n", "KEY PEM\n");

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment = [];

    public UserKubeconfigTests() => _environment["HOME"] = _directory["home"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Default => _directory["home/.kube/config"];

    public void Dispose() => _directory.Dispose();

    private UserKubeconfig User(string installation = "/var/lib/minik8s") => new(
        new UserKubeconfigOptions
        {
            Installation = installation,
            OwnFiles = [_directory["admin.kubeconfig"]],
            Environment = _environment.GetValueOrDefault,
            PasswdFile = _directory["passwd"],
        },
        TimeProvider.System);

    private async Task<string> WriteAsync(string name, string content)
    {
        var path = _directory[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, content, Cancel);
        return path;
    }

    private static async Task<string> KubectlAsync(string path, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode == 0, await error);
        return output.Trim();
    }

    [Fact]
    public async Task An_absent_file_is_made_private_and_removed_when_nothing_is_left()
    {
        var merged = await User().MergeAsync(Credentials, Cancel);

        Assert.Equal(new MergedContext(Default, "minik8s", true), merged);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Default));
        Assert.Equal("https://127.0.0.1:6443", await KubectlAsync(Default, "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"));
        Assert.Equal(["config"], Directory.GetFiles(Path.GetDirectoryName(Default)!).Select(Path.GetFileName));

        Assert.True(await User().RemoveAsync(merged!.Path, Cancel));
        Assert.False(File.Exists(Default));
        Assert.False(await User().RemoveAsync(merged.Path, Cancel));
    }

    public static TheoryData<string> OddKubeconfigs =>
    [
        // Quoted values that must stay strings, unknown fields, long lines, block scalars.
        """
        apiVersion: v1
        kind: Config
        x-mine: {a: 1, b: [true, "true", 'null']}
        current-context: "prod"
        preferences:
          colors: true
        contexts:
        - name: prod
          context: {cluster: prod, user: "12345", namespace: 'on'}
        clusters:
        - name: prod
          cluster:
            server: https://prod.example:6443
            certificate-authority-data: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB
        users:
        - name: "12345"
          user:
            token: |
              line one
              line: two
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: get-token
              args: ["--x", "007", "1e3", ""]
              env: null
              interactiveMode: Never
        """,
        // JSON is YAML.
        """{"apiVersion":"v1","kind":"Config","current-context":"a","clusters":[{"name":"a","cluster":{"server":"http://h:1"}}],"contexts":[{"name":"a","context":{"cluster":"a","user":""}}],"users":[]}""",
        // Anchors and aliases; lists that are null.
        """
        kind: Config
        apiVersion: v1
        current-context: two
        clusters:
        - name: one
          cluster: &shared
            server: https://h:1
        - name: two
          cluster: *shared
        contexts:
        - {name: two, context: {cluster: two, user: u}}
        users:
        """,
    ];

    [Theory]
    [MemberData(nameof(OddKubeconfigs))]
    public async Task Everything_else_in_an_odd_kubeconfig_stays_as_it_is(string content)
    {
        await WriteAsync("home/.kube/config", content);
        File.SetUnixFileMode(Default, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var before = await KubectlAsync(Default, "config", "view", "--raw", "-o", "json");

        var merged = await User().MergeAsync(Credentials, Cancel);

        Assert.Equal("minik8s", merged!.Context);
        Assert.False(merged.IsCurrent);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(Default));
        Assert.Equal("https://127.0.0.1:6443", await KubectlAsync(Default, "--context", "minik8s", "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"));
        Assert.True(await User().RemoveAsync(null, Cancel));
        Assert.Equal(before, await KubectlAsync(Default, "config", "view", "--raw", "-o", "json"));
        if (content.Contains("x-mine", StringComparison.Ordinal))
        {
            Assert.Contains("x-mine: {a: 1, b: [true, \"true\", 'null']}", (await File.ReadAllTextAsync(Default, Cancel)).Replace("{ ", "{").Replace(" }", "}"));
        }
    }

    [Fact]
    public async Task A_foreign_entry_of_our_name_makes_us_take_another()
    {
        await WriteAsync("home/.kube/config", "apiVersion: v1\nkind: Config\nusers:\n- name: minik8s\n  user: {token: keep}\n");

        var merged = await User().MergeAsync(Credentials, Cancel);
        var other = await User("/srv/second").MergeAsync(Credentials, Cancel);

        Assert.Equal("minik8s-2", merged!.Context);
        Assert.True(merged.IsCurrent);
        Assert.Equal("minik8s-3", other!.Context);
        Assert.False(other.IsCurrent);
        Assert.Equal("keep", await KubectlAsync(Default, "config", "view", "--raw", "-o", "jsonpath={.users[?(@.name=='minik8s')].user.token}"));

        await User().RemoveAsync(Default, Cancel);
        Assert.Equal("minik8s-3", await KubectlAsync(Default, "config", "get-contexts", "-o", "name"));
        Assert.DoesNotContain("current-context", await File.ReadAllTextAsync(Default, Cancel));
    }

    [Fact]
    public async Task Merging_again_brings_our_entry_up_to_date_and_keeps_the_current_context()
    {
        await User().MergeAsync(Credentials, Cancel);

        var again = await User().MergeAsync(Credentials with { Server = "https://127.0.0.1:7443" }, Cancel);

        Assert.Equal(new MergedContext(Default, "minik8s", true), again);
        Assert.Equal("https://127.0.0.1:7443", await KubectlAsync(Default, "config", "view", "-o", "jsonpath={.clusters[*].cluster.server}"));
    }

    [Fact]
    public async Task The_list_in_KUBECONFIG_is_used_as_kubectl_uses_it()
    {
        var second = await WriteAsync("second", "apiVersion: v1\nkind: Config\n");
        var third = await WriteAsync("third", "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: minik8s\n  context: {}\n");
        _environment["KUBECONFIG"] = $"{_directory["first"]}:{second}:{third}:{_directory["admin.kubeconfig"]}";

        var merged = await User().MergeAsync(Credentials, Cancel);

        Assert.Equal(new MergedContext(second, "minik8s-2", false), merged);
        Assert.False(File.Exists(_directory["first"]));
        Assert.DoesNotContain("minik8s-2", await File.ReadAllTextAsync(third, Cancel));

        _environment["KUBECONFIG"] = $"{_directory["a"]}:{_directory["b"]}";
        Assert.Equal(_directory["b"], (await User().MergeAsync(Credentials, Cancel))!.Path);
        _environment["KUBECONFIG"] = _directory["admin.kubeconfig"];
        Assert.Null(await User().MergeAsync(Credentials, Cancel));
    }

    [Theory]
    [InlineData("a: [b", "cannot be read|can be read")]
    [InlineData("- a\n- b\n", "mapping")]
    [InlineData("clusters: {a: b}\n", "not a list")]
    [InlineData("kind: Config\nkind: Config\n", "can be read")]
    public async Task A_file_that_is_no_kubeconfig_is_left_alone(string content, string expected)
    {
        await WriteAsync("home/.kube/config", content);

        var error = await Assert.ThrowsAsync<KubeconfigException>(() => User().MergeAsync(Credentials, Cancel));

        Assert.Matches(expected, error.Message);
        Assert.Equal(content, await File.ReadAllTextAsync(Default, Cancel));
    }

    [Fact]
    public async Task An_unwritable_place_gives_a_clear_error()
    {
        _environment["KUBECONFIG"] = "/proc/version/config";
        var error = await Assert.ThrowsAsync<KubeconfigException>(() => User().MergeAsync(Credentials, Cancel));
        Assert.Contains("/proc/version/config", error.Message);

        _environment["KUBECONFIG"] = _directory.Path;
        await Assert.ThrowsAsync<KubeconfigException>(() => User().MergeAsync(Credentials, Cancel));
    }

    [Fact]
    public async Task A_lock_that_another_program_holds_is_respected()
    {
        await WriteAsync("home/.kube/config.lock", "");

        var error = await Assert.ThrowsAsync<KubeconfigException>(() => User().MergeAsync(Credentials, Cancel));

        Assert.Contains("config.lock", error.Message);
        Assert.True(File.Exists(_directory["home/.kube/config.lock"]));
    }

    [Fact]
    public async Task Through_sudo_the_invoking_users_file_is_used_and_stays_theirs()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "changing owners needs root");
        await WriteAsync("passwd", $"root:x:0:0:root:/root:/bin/sh\nalice:x:4711:4712:Alice:{_directory["alice"]}:/bin/sh\n");
        _environment["SUDO_USER"] = "alice";
        _environment["SUDO_UID"] = "4711";
        _environment["SUDO_GID"] = "4712";

        var merged = await User().MergeAsync(Credentials, Cancel);

        Assert.Equal(_directory["alice/.kube/config"], merged!.Path);
        Assert.Equal(new FileOwner(4711, 4712), FileOwner.Of(merged.Path));
        Assert.Equal(new FileOwner(4711, 4712), FileOwner.Of(Path.GetDirectoryName(merged.Path)!));

        new FileOwner(99, 98).ApplyTo(merged.Path);
        await User().MergeAsync(Credentials, Cancel);
        Assert.Equal(new FileOwner(99, 98), FileOwner.Of(merged.Path));
    }

    [Fact]
    public async Task A_link_stays_a_link()
    {
        var real = await WriteAsync("dotfiles/kube", "apiVersion: v1\nkind: Config\n");
        Directory.CreateDirectory(_directory["home/.kube"]);
        File.CreateSymbolicLink(Default, real);

        await User().MergeAsync(Credentials, Cancel);

        Assert.NotNull(new FileInfo(Default).LinkTarget);
        Assert.Contains("minik8s", await File.ReadAllTextAsync(real, Cancel));
    }

    [Fact]
    public async Task The_administrators_kubeconfig_is_private_and_complete()
    {
        var path = _directory["etc/minik8s/admin.kubeconfig"];
        await KubeconfigWriter.WriteAsync(path, "minik8s", "kubernetes-admin", Credentials, Cancel);
        await KubeconfigWriter.WriteAsync(path, "minik8s", "kubernetes-admin", Credentials with { Server = "https://[::1]:6443" }, Cancel);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal("minik8s", await KubectlAsync(path, "config", "current-context"));
        Assert.Equal(
            "https://[::1]:6443 Q0EgUEVNCg== Q0VSVCBQRU0K S0VZIFBFTQo=",
            await KubectlAsync(path, "config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster.server} {.clusters[0].cluster.certificate-authority-data} {.users[0].user.client-certificate-data} {.users[0].user.client-key-data}"));
    }
}
