using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Selectors;

namespace Minik8s.ApiServer.Watch;

/// <summary>Which objects of a resource a list or watch is about: a namespace, one name, labels and fields.</summary>
public sealed class ObjectSelector
{
    private const int Unknown = -3;

    private const int NameField = -1;
    private const int NamespaceField = -2;

    private readonly LabelSelector _labels;
    private readonly List<(int Index, string Value, bool Equal)> _fields = [];
    private readonly string? _namespace;
    private readonly string? _name;

    /// <exception cref="StatusException">400 when a selector is malformed or names a field that cannot be selected on.</exception>
    public ObjectSelector(ResourceDefinition resource, string? ns, string? labelSelector, string? fieldSelector)
    {
        _namespace = string.IsNullOrEmpty(ns) ? null : ns;
        _labels = LabelSelector.Parse(labelSelector);
        foreach (var term in FieldSelector.Parse(fieldSelector).Terms)
        {
            if (term is { Field: "metadata.name", Equal: true } && _name is null)
            {
                _name = term.Value;
                continue;
            }

            var index = term.Field switch
            {
                "metadata.name" => NameField,
                "metadata.namespace" => NamespaceField,
                _ => IndexOf(resource, term.Field),
            };
            if (index == Unknown)
            {
                throw StatusErrors.BadRequest($"Unable to find \"{resource.Kind.ApiVersion}, Resource={resource.Plural}\" that match label selector \"{labelSelector}\", field selector \"{fieldSelector}\": field label not supported: {term.Field}");
            }

            _fields.Add((index, term.Value, term.Equal));
        }
    }

    /// <summary>Where the values of a selectable field of the version stand among those of its stored objects.</summary>
    private static int IndexOf(ResourceDefinition resource, string name)
    {
        if (resource.SelectableFields.FirstOrDefault(f => f.Name == name) is not { } field) return Unknown;
        var indexed = resource.Stored.IndexedFields;
        for (var i = 0; i < indexed.Count; i++)
        {
            if (indexed[i].Path.AsSpan().SequenceEqual(field.Path)) return i;
        }

        return Unknown;
    }

    /// <summary>A field with the one value that it must have, by which watchers are found; null when no field is pinned.</summary>
    internal (int Field, string Value)? Trigger
    {
        get
        {
            if (_name is not null) return (NameField, _name);
            foreach (var (index, value, equal) in _fields)
            {
                if (equal) return (index, value);
            }

            return null;
        }
    }

    /// <summary>The namespace that a key prefix may be limited to.</summary>
    public string? Namespace => _namespace;

    /// <summary>Whether all objects of the namespace are selected.</summary>
    public bool IsEverything => _name is null && _fields.Count == 0 && _labels.IsEverything;

    public bool Matches(CachedObject obj)
    {
        if (_namespace is not null && obj.Namespace != _namespace) return false;
        if (_name is not null && obj.Name != _name) return false;
        foreach (var (index, value, equal) in _fields)
        {
            if (ValueOf(obj, index) == value != equal) return false;
        }

        return _labels.Matches(obj.Labels);
    }

    internal static string ValueOf(CachedObject obj, int field) => field switch { NameField => obj.Name, NamespaceField => obj.Namespace, _ => obj.Fields[field] };
}
