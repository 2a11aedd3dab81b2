using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>
/// Checks values against a schema's constraints, in the words of Kubernetes' validator. What an update has left as it was is not checked again, so that an
/// object which a stricter schema would refuse can still be changed elsewhere (ratcheting, KEP-4008).
/// </summary>
public sealed class ValueValidation(ICollection<FieldError> errors)
{
    private const int MaxErrors = 200;

    /// <summary>Checks a value.</summary>
    /// <param name="value">The value; null is JSON's null.</param>
    /// <param name="old">The value that was there before, or null when there was none or it cannot be told.</param>
    /// <param name="schema">What it has to satisfy.</param>
    /// <param name="path">The field's path, empty at the root.</param>
    public void Validate(JsonNode? value, JsonNode? old, Schema schema, string path)
    {
        if (errors.Count >= MaxErrors || (old is not null && JsonNode.DeepEquals(value, old))) return;
        if (value is null)
        {
            if (!schema.Nullable && schema.Type != SchemaType.Any) errors.Add(TypeError(path, schema, "null"));
            return;
        }

        if (!HasType(value, schema.Type))
        {
            errors.Add(TypeError(path, schema, TypeOf(value)));
            return;
        }

        if (schema.Constraints is { } constraints) Constraints(value, constraints, path);
        switch (value)
        {
            case JsonObject map:
                Map(map, old as JsonObject, schema, path);
                break;
            case JsonArray list:
                List(list, old as JsonArray, schema, path);
                break;
            case JsonValue when schema.Format is { } format:
                Format(value, schema, format, path);
                break;
        }

        if (schema.Constraints is { } more) Junctors(value, more, path);
    }

    /// <summary>A value as messages show it.</summary>
    internal static string Print(JsonNode? value) => value is null ? "null" : value.ToJsonString(Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private void Map(JsonObject map, JsonObject? old, Schema schema, string path)
    {
        foreach (var name in schema.Required)
        {
            if (!map.ContainsKey(name)) errors.Add(new(FieldErrorType.Required, Child(path, name), null, ""));
        }

        if (schema.Constraints is { } constraints)
        {
            if (map.Count < constraints.MinProperties) Invalid(path, map, $"{In(path)} should have at least {constraints.MinProperties} properties");
            if (map.Count > constraints.MaxProperties) TooMany(path, map.Count, constraints.MaxProperties.Value);
        }

        foreach (var (name, value) in map)
        {
            if (schema.Properties.TryGetValue(name, out var property)) Validate(value, old?[name], property, Child(path, name));
            else if (schema.AdditionalProperties is { } values) Validate(value, old?[name], values, Child(path, name));
            else if (schema.Constraints is { Closed: true }) errors.Add(new(FieldErrorType.Invalid, Child(path, name), "\"\"", $"{In(Child(path, name))} is a forbidden property"));
        }
    }

    private void List(JsonArray list, JsonArray? old, Schema schema, string path)
    {
        if (schema.Constraints is { } constraints)
        {
            if (list.Count < constraints.MinItems) Invalid(path, list.Count, $"{In(path)} should have at least {constraints.MinItems} items");
            if (list.Count > constraints.MaxItems) TooMany(path, list.Count, constraints.MaxItems.Value);
            if (constraints.UniqueItems && ListKeys.FirstDuplicate(list) is not null) Invalid(path, list, $"{In(path)} shouldn't contain duplicates");
        }

        if (schema.Items is { } items)
        {
            var before = ListKeys.ByKey(old, schema);
            for (var i = 0; i < list.Count; i++) Validate(list[i], before?.GetValueOrDefault(ListKeys.KeyOf(list[i], schema)), items, $"{path}[{i}]");
        }

        if (schema.ListType == ListType.Atomic) return;
        foreach (var (index, key) in ListKeys.Duplicates(list, schema)) errors.Add(new(FieldErrorType.Duplicate, $"{path}[{index}]", Print(key), ""));
    }

    private void Constraints(JsonNode value, SchemaConstraints constraints, string path)
    {
        if (constraints.Enum is { } allowed && !allowed.Any(a => JsonNumbers.Same(a, value)))
        {
            var shown = allowed.Select(a => a.Text() is { } text ? Print(text) : $"\"{Print(a).Replace("\"", "\\\"")}\"");
            errors.Add(new(FieldErrorType.NotSupported, path, Print(value), $"supported values: {string.Join(", ", shown)}"));
        }

        if (value.Text() is { } given) Text(given, constraints, path);
        else if (JsonNumbers.Double(value) is { } number) Number(value, number, constraints, path);
    }

    private void Text(string text, SchemaConstraints constraints, string path)
    {
        var length = constraints.MinLength is null && constraints.MaxLength is null ? 0 : text.EnumerateRunes().Count();
        if (length < constraints.MinLength) Invalid(path, text, $"{In(path)} should be at least {constraints.MinLength} chars long");
        if (length > constraints.MaxLength) errors.Add(new(FieldErrorType.TooLong, path, null, $"may not be more than {constraints.MaxLength} bytes"));
        if (constraints.Regex is { } regex && !IsMatch(regex, text, path)) Invalid(path, text, $"{In(path)} should match '{constraints.Pattern}'");
    }

    private static bool IsMatch(Regex regex, string text, string path)
    {
        try
        {
            return regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            // Not one error among many: each further pattern could take as long.
            throw StatusErrors.BadRequest($"{path}: the schema's pattern takes too long to match");
        }
    }

    private void Number(JsonNode value, double number, SchemaConstraints constraints, string path)
    {
        if (constraints.MultipleOf is > 0 and var factor && !IsMultiple(number, factor)) Invalid(path, value, $"{In(path)} should be a multiple of {JsonNumbers.Print(factor)}");
        if (constraints.Maximum is { } maximum && (constraints.ExclusiveMaximum ? number >= maximum : number > maximum))
        {
            Invalid(path, value, $"{In(path)} should be less than {(constraints.ExclusiveMaximum ? "" : "or equal to ")}{JsonNumbers.Print(maximum)}");
        }

        if (constraints.Minimum is { } minimum && (constraints.ExclusiveMinimum ? number <= minimum : number < minimum))
        {
            Invalid(path, value, $"{In(path)} should be greater than {(constraints.ExclusiveMinimum ? "" : "or equal to ")}{JsonNumbers.Print(minimum)}");
        }
    }

    /// <summary>In decimals: 0.3 is a multiple of 0.1.</summary>
    private static bool IsMultiple(double number, double factor)
    {
        var quotient = number / factor;
        return Math.Abs(quotient - Math.Round(quotient)) < 1e-9 * Math.Max(1, Math.Abs(quotient));
    }

    private void Junctors(JsonNode value, SchemaConstraints constraints, string path)
    {
        if (constraints.AnyOf.Count > 0 && !constraints.AnyOf.Any(s => Satisfies(value, s)))
        {
            Composite(path, "must validate at least one schema (anyOf)");
            Closest(value, constraints.AnyOf, path);
        }

        if (constraints.OneOf.Count > 0 && constraints.OneOf.Count(s => Satisfies(value, s)) is not 1 and var valid)
        {
            Composite(path, $"must validate one and only one schema (oneOf). Found {(valid == 0 ? "none valid" : $"{valid} valid alternatives")}");
            if (valid == 0) Closest(value, constraints.OneOf, path);
        }

        var failed = constraints.AllOf.Where(s => !Satisfies(value, s)).ToList();
        foreach (var schema in failed) Validate(value, null, schema, path);
        if (failed.Count > 0) Composite(path, "must validate all the schemas (allOf)" + (failed.Count == constraints.AllOf.Count ? ". None validated" : ""));
        if (constraints.Not is { } not && Satisfies(value, not)) Composite(path, "must not validate the schema (not)");
    }

    /// <summary>Adds what is wrong by the alternative that is nearest to being satisfied.</summary>
    private void Closest(JsonNode value, IReadOnlyList<Schema> alternatives, string path)
    {
        List<FieldError>? best = null;
        foreach (var schema in alternatives)
        {
            var found = new List<FieldError>();
            new ValueValidation(found).Validate(value, null, schema, path);
            if (best is null || found.Count < best.Count) best = found;
        }

        foreach (var error in best ?? []) errors.Add(error);
    }

    private static bool Satisfies(JsonNode value, Schema schema)
    {
        var found = new List<FieldError>();
        new ValueValidation(found).Validate(value, null, schema, "");
        return found.Count == 0;
    }

    private void Format(JsonNode value, Schema schema, string format, string path)
    {
        if (value.Text() is { } text)
        {
            if (schema.Type is SchemaType.String or SchemaType.Any && !StringFormats.Matches(format, text)) errors.Add(new(FieldErrorType.TypeInvalid, path, Print(text), $"{In(path)} must be of type {format}: {Print(text)}"));
        }
        else if (format == "int32" && value.Number() is < int.MinValue or > int.MaxValue)
        {
            errors.Add(new(FieldErrorType.Invalid, path, Print(value), $"{In(path)} must be of type integer with format int32"));
        }
    }

    private static bool HasType(JsonNode value, SchemaType type) => type switch
    {
        SchemaType.Object => value is JsonObject,
        SchemaType.Array => value is JsonArray,
        SchemaType.String => value.GetValueKind() == JsonValueKind.String,
        SchemaType.Integer => JsonNumbers.IsWhole(value),
        SchemaType.Number => value.GetValueKind() == JsonValueKind.Number,
        SchemaType.Boolean => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        SchemaType.IntOrString => value.GetValueKind() == JsonValueKind.String || JsonNumbers.IsWhole(value),
        _ => true,
    };

    private static string TypeOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => JsonNumbers.IsWhole(value) ? "integer" : "number",
        _ => "boolean",
    };

    private static FieldError TypeError(string path, Schema schema, string given)
    {
        var wanted = schema.Type switch
        {
            SchemaType.Object => "object",
            SchemaType.Array => "array",
            SchemaType.String => "string",
            SchemaType.Integer => "integer",
            SchemaType.Number => "number",
            SchemaType.Boolean => "boolean",
            _ => "integer,string",
        };
        return new(FieldErrorType.TypeInvalid, path, $"\"{given}\"", $"{In(path)} must be of type {wanted}: \"{given}\"");
    }

    private void Composite(string path, string message) => errors.Add(new(FieldErrorType.Invalid, path, "\"\"", $"\"{path}\" {message}"));

    private void Invalid(string path, JsonNode value, string message) => errors.Add(new(FieldErrorType.Invalid, path, Print(value), message));

    private void TooMany(string path, int count, long most) => errors.Add(new(FieldErrorType.TooMany, path, $"{count}", $"must have at most {most} items"));

    private static string In(string path) => path + " in body";

    private static string Child(string path, string name) => path.Length == 0 ? name : new StringBuilder(path.Length + name.Length + 1).Append(path).Append('.').Append(name).ToString();
}
