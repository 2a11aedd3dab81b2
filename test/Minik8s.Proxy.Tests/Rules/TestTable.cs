using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Proxy.Model;
using Minik8s.Proxy.Rules;

namespace Minik8s.Proxy.Tests.Rules;

/// <summary>The model of a table, fed with objects.</summary>
internal sealed class TestTable(NodeView? node = null)
{
    private readonly TableModel _model = new();

    /// <summary>The state as <c>map key : value</c>, <c>chain name : rules</c>.</summary>
    public IReadOnlyDictionary<string, string> Content => _model.Items.ToDictionary(i => Name(i.Item), i => i.Value);

    public string? this[string name] => Content.GetValueOrDefault(name);

    public TableChange Set(V1Service service, params V1EndpointSlice[] slices)
    {
        var change = new TableChange();
        var key = ObjectKey.Of(service);
        var rules = new RuleBuilder(node ?? Objects.Node).Build(ServicePorts.Of(service), EndpointMap.Of(slices), _model.Of(key));
        _model.Set(new FrontendOwner(service.Metadata.CreationTimestamp!.Value, key), rules, change);
        return change;
    }

    public TableChange Remove(V1Service service)
    {
        var change = new TableChange();
        _model.Remove(ObjectKey.Of(service), change);
        return change;
    }

    public static string Name(TableItem item) => item.Kind switch
    {
        TableItemKind.Element => $"{item.Container} {item.Key}",
        TableItemKind.Chain => $"chain {item.Container}",
        TableItemKind.Map => $"map {item.Container}",
        _ => $"set {item.Container}",
    };
}
