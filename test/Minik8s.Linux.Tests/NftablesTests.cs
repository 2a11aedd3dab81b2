using Minik8s.Linux.Nftables;
using Minik8s.Testing;

namespace Minik8s.Linux.Tests;

/// <summary>Both ways to nftables, and the monitor, on the real kernel.</summary>
public sealed class NftablesTests : TestNamespace
{
    public static TheoryData<bool> Ways => [true, false];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Commands_take_effect_together_and_listings_come_back_without_elements(bool library)
    {
        using var nftables = Open(library);
        Assert.Equal("", await RunAsync(nftables, "add table ip t\nadd set ip t s { type ipv4_addr; }\nadd element ip t s { 10.0.0.1, 10.0.0.2 }\n"));
        var listing = await RunAsync(nftables, "list table ip t\n");
        Assert.Contains("set s {", listing);
        Assert.DoesNotContain("10.0.0.1", listing);
        Assert.Contains("10.0.0.2", (await Machine.RunAsync("nft", "list", "set", "ip", "t", "s")).Succeeded());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_refused_command_takes_the_others_with_it_and_tells_why(bool library)
    {
        using var nftables = Open(library);
        var failure = await Assert.ThrowsAsync<NftablesException>(() => RunAsync(nftables, "add table ip t\nadd chain ip t c\nadd rule ip t c jump nowhere\n"));
        Assert.Contains("No such file or directory", failure.Message);
        Assert.Equal("", (await Machine.RunAsync("nft", "list", "ruleset")).Succeeded());

        // It goes on working after a failure.
        await RunAsync(nftables, "add table ip t\n");
        Assert.Contains("table ip t", (await Machine.RunAsync("nft", "list", "ruleset")).Succeeded());
    }

    [Fact]
    public async Task The_monitor_tells_of_others_changes_to_its_table_and_of_nothing_else()
    {
        using var nftables = Open(library: true);
        using var monitor = Make(() => new NftablesMonitor("mine"));
        using var stop = new CancellationTokenSource();
        var events = new List<NftablesEvent>();
        var watching = monitor.RunAsync(e => { lock (events) events.Add(e); }, stop.Token);

        // Ours, and others' about other tables.
        nftables.Run("add table ip mine\nadd set ip mine s { type ipv4_addr; }\nadd chain ip mine c\nadd rule ip mine c accept\n");
        await OtherAsync("add table ip other; add chain ip other c; add table ip6 mine");
        nftables.Run("add element ip mine s { 10.0.0.1 }\n");
        // In order: what comes first has been judged when this is told.
        await OtherAsync("add element ip mine s { 10.0.0.2 }");
        await SeenAsync(1);
        await OtherAsync("flush chain ip mine c");
        await SeenAsync(2);
        await OtherAsync("delete table ip mine");
        await SeenAsync(3);
        Assert.All(events, e => Assert.Equal(NftablesEvent.Changed, e));

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);

        async Task OtherAsync(string command) => (await Machine.RunAsync("nft", command)).Succeeded();

        async Task SeenAsync(int count)
        {
            await Eventually.True(() => Task.FromResult(Count() >= count), $"{count} changes are told", TimeSpan.FromSeconds(10));
            Assert.Equal(count, Count());
        }

        int Count()
        {
            lock (events) return events.Count;
        }
    }

    private INftables Open(bool library) => library ? Make<INftables>(() => new LibraryNftables()) : new ProgramNftables();

    /// <summary>The program is started in the namespace of the thread that starts it; the library keeps its own.</summary>
    private Task<string> RunAsync(INftables nftables, string commands) => Task.Run(() =>
    {
        if (nftables is LibraryNftables) return nftables.Run(commands);
        NftablesException? refusal = null;
        var output = Make(() =>
        {
            try
            {
                return nftables.Run(commands);
            }
            catch (NftablesException e)
            {
                refusal = e;
                return "";
            }
        });
        return refusal is null ? output : throw refusal;
    });
}
