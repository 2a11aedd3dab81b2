using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Minik8s.Host.Configuration;
using Minik8s.Host.Pki;

namespace Minik8s.Host.Commands;

/// <summary><c>minik8s certificate</c>: shows the cluster's certificates and changes its authority. Certificates renew themselves without it.</summary>
internal static class CertificateCommand
{
    public static Command Create()
    {
        var command = new Command("certificate", "Shows the cluster's certificates, and changes its certificate authority and token key. Everything else renews itself.");
        command.Subcommands.Add(Run("check", "Tells of every certificate whom it names, who issued it and when it ends.", CheckAsync));
        command.Subcommands.Add(Run("rotate-ca", "Makes a new certificate authority, beside which the former one stays trusted. Takes effect when the server is started again.", RotateAsync));
        command.Subcommands.Add(Run("finish-ca", "Ends the trust in former authorities: what they have issued is refused from the next start of the server on.", FinishAsync));
        command.Subcommands.Add(Run("rotate-token-key", "Makes a new key for ServiceAccount tokens; tokens of the former stay valid. Takes effect when the server is started again.", RotateTokenKeyAsync));
        command.Subcommands.Add(Run("finish-token-key", "Ends the trust in former token keys: their tokens are refused from the next start of the server on.", FinishTokenKeyAsync));
        return command;
    }

    private static async Task CheckAsync(string directory, CancellationToken cancellationToken)
    {
        var files = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.crt").Concat(Directory.GetFiles(directory, "*.pem")).Order(StringComparer.Ordinal).ToList() : [];
        if (files.Count == 0) throw new PkiException($"there are no certificates in {directory}; run this where the API server runs, with its --data-dir");
        var now = DateTimeOffset.UtcNow;
        Console.WriteLine($"{"FILE",-32} {"SUBJECT",-44} {"ISSUER",-28} {"ENDS",-20} LEFT");
        foreach (var file in files)
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(await File.ReadAllTextAsync(file, cancellationToken));
            foreach (var certificate in certificates)
            {
                DateTimeOffset end = certificate.NotAfter;
                var left = end <= now ? "ENDED" : $"{(int)(end - now).TotalDays}d";
                Console.WriteLine($"{Path.GetFileName(file),-32} {certificate.Subject,-44} {certificate.Issuer,-28} {end.UtcDateTime,-20:yyyy-MM-dd HH:mm:ss} {left}");
            }
        }
    }

    private static async Task RotateAsync(string directory, CancellationToken cancellationToken)
    {
        using var made = await AuthorityRotation.BeginAsync(directory, new PkiOptions { Directory = directory, NodeName = "" }.CaLifetime, TimeProvider.System, cancellationToken);
        Console.WriteLine($"made the authority {made.Subject}, valid until {made.NotAfter.ToUniversalTime():u}");
        Console.WriteLine("1. Start the server again: it issues its certificates anew. Whoever knows only the former authority keeps working.");
        Console.WriteLine("2. Give every user and node new credentials (`minik8s kubeconfig`).");
        Console.WriteLine("3. Run `minik8s certificate finish-ca` and start the server again: from then on the former authority counts for nothing.");
    }

    private static async Task FinishAsync(string directory, CancellationToken cancellationToken)
    {
        var former = await AuthorityRotation.FinishAsync(directory, TimeProvider.System, cancellationToken);
        foreach (var certificate in former) Console.WriteLine($"no longer trusted: {certificate.Subject} ({certificate.SerialNumber})");
        Console.WriteLine(former.Count == 0 ? "there is no former authority" : "Start the server again.");
    }

    private static async Task RotateTokenKeyAsync(string directory, CancellationToken cancellationToken)
    {
        await AuthorityRotation.RotateTokenKeyAsync(directory, TimeProvider.System, cancellationToken);
        Console.WriteLine("Start the server again. Pods get new tokens by themselves within an hour; then run `minik8s certificate finish-token-key`.");
    }

    private static async Task FinishTokenKeyAsync(string directory, CancellationToken cancellationToken)
    {
        await AuthorityRotation.FinishTokenKeyAsync(directory, TimeProvider.System, cancellationToken);
        Console.WriteLine("Start the server again.");
    }

    private static Command Run(string name, string description, Func<string, CancellationToken, Task> action)
    {
        var command = new Command(name, description) { Settings.DataDir };
        command.SetAction((result, cancellationToken) => UsageErrors.ReportAsync(async () =>
        {
            try
            {
                await action(Path.Combine(Path.GetFullPath(result.GetValue(Settings.DataDir)!), "pki"), cancellationToken);
                return 0;
            }
            catch (PkiException e)
            {
                throw new UsageException(e.Message);
            }
        }));
        return command;
    }
}
