using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Certificates;

/// <summary>The row that <c>kubectl get certificatesigningrequests</c> shows.</summary>
internal static class CertificateSigningRequestPrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Age,
        TablePrinter.Text("SignerName", "Who is asked to sign.", r => r.Get("spec").Text("signerName").OrNone()),
        TablePrinter.Text("Requestor", "Who asks.", r => r.Get("spec").Text("username") ?? ""),
        TablePrinter.Text("RequestedDuration", "How long the certificate is wanted for.", r => r.Get("spec").Get("expirationSeconds") is null ? "<none>" : HumanDuration.Format(TimeSpan.FromSeconds(r.Get("spec").Number("expirationSeconds")))),
        TablePrinter.Text("Condition", "What has become of it.", Condition));

    private static string Condition(JsonElement request)
    {
        var status = request.Get("status");
        var types = status.Items("conditions").Select(c => c.Text("type")).ToHashSet();
        var text = types.Contains("Denied") ? "Denied" : types.Contains("Approved") ? "Approved" : "Pending";
        if (types.Contains("Failed")) text += ",Failed";
        return string.IsNullOrEmpty(status.Text("certificate")) ? text : text + ",Issued";
    }
}
