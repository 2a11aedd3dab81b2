using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.ServiceAccounts;

/// <summary>Removes token secrets whose account is gone, or is another of the same name.</summary>
internal sealed class TokenSecretController : IController
{
    private const string SecretType = "kubernetes.io/service-account-token";
    private const string NameAnnotation = "kubernetes.io/service-account.name";
    private const string UidAnnotation = "kubernetes.io/service-account.uid";
    private const string ByAccount = "service account";

    private readonly Controller<ObjectKey> _controller;
    private readonly SharedInformer<V1Secret> _secrets;
    private readonly SharedInformer<V1ServiceAccount> _accounts;
    private readonly ResourceClient<V1Secret> _client;
    private readonly ResourceClient<V1ServiceAccount> _accountClient;

    public TokenSecretController(ControllerContext context)
    {
        var queue = new WorkQueue<ObjectKey>(Name, context.Time);
        _client = context.Client.Resource<V1Secret>();
        _accountClient = context.Client.Resource<V1ServiceAccount>();
        _secrets = context.Informers.Informer<V1Secret>(new InformerOptions { FieldSelector = $"type={SecretType}" });
        _secrets.AddIndex(ByAccount, secret => Account(secret) is { } name ? [$"{secret.Metadata.NamespaceProperty}/{name}"] : []);
        _accounts = context.Informers.Informer<V1ServiceAccount>();
        _controller = new Controller<ObjectKey>(Name, queue, ReconcileAsync, context.Logger(Name));
        _secrets.AddHandler(new ResourceHandler<V1Secret>(s => queue.Add(ObjectKey.Of(s)), (_, s) => queue.Add(ObjectKey.Of(s))));
        _accounts.AddHandler(new ResourceHandler<V1ServiceAccount>(deleted: account =>
        {
            foreach (var secret in _secrets.Lister.ByIndex(ByAccount, $"{account.Metadata.NamespaceProperty}/{account.Metadata.Name}")) queue.Add(ObjectKey.Of(secret));
        }));
    }

    public string Name => "serviceaccount-token";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync([_secrets, _accounts], cancellationToken);

    internal async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (_secrets.Lister.Get(key) is not { } secret || Account(secret) is not { } name) return ReconcileResult.Done;
        if (Belongs(secret, _accounts.Lister.Get(new ObjectKey(key.Namespace, name)))) return ReconcileResult.Done;
        // The local copy may be behind: the server has the last word before anything is removed.
        if (Belongs(secret, await _accountClient.FindAsync(name, key.Namespace, cancellationToken))) return ReconcileResult.Done;
        try
        {
            await _client.DeleteAsync(key.Name, key.Namespace, new Minik8s.Client.DeleteOptions { Uid = secret.Metadata.Uid }, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // It is gone, or another of its name is there.
        }

        return ReconcileResult.Done;
    }

    private static bool Belongs(V1Secret secret, V1ServiceAccount? account) =>
        account is not null && (Annotation(secret, UidAnnotation) is not { Length: > 0 } uid || uid == account.Metadata.Uid);

    private static string? Account(V1Secret secret) => Annotation(secret, NameAnnotation);

    private static string? Annotation(V1Secret secret, string key) => secret.Metadata.Annotations is { } notes && notes.TryGetValue(key, out var value) ? value : null;
}
