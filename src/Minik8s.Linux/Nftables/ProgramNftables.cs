namespace Minik8s.Linux.Nftables;

/// <summary>nftables through the program <c>nft</c>, for systems that have it without the library.</summary>
internal sealed class ProgramNftables : INftables
{
    public string Run(string commands)
    {
        using var process = Start();
        NftablesConnection.AddAuthor(process.Id);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(commands);
        process.StandardInput.Close();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Result : throw new NftablesException(error.Result.Trim());
    }

    public void Dispose()
    {
    }

    private static System.Diagnostics.Process Start()
    {
        try
        {
            return Tool.Start("nft", ["--terse", "--file", "-"]);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new NftablesException($"neither libnftables nor the program nft can be used ({e.Message}); install the package nftables");
        }
    }
}
