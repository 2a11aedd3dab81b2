using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Selectors;

namespace Minik8s.ApiServer.Watch;

/// <summary>Which objects of a resource a list or watch is about: a namespace, one name, labels and fields.</summary>
public sealed class ObjectSelector
{
    private const int Unknown = -3;

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
                "metadata.name" => -1,
                "metadata.namespace" => -2,
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

    /// <summary>The namespace that a key prefix may be limited to.</summary>
    public string? Namespace => _namespace;

    public bool Matches(CachedObject obj)
    {
        if (_namespace is not null && obj.Namespace != _namespace) return false;
        if (_name is not null && obj.Name != _name) return false;
        foreach (var (index, value, equal) in _fields)
        {
            var actual = index switch { -1 => obj.Name, -2 => obj.Namespace, _ => obj.Fields[index] };
            if (actual == value != equal) return false;
        }

        return _labels.Matches(obj.Labels);
    }
}
