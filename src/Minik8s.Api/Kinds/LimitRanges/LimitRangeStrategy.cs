using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.LimitRanges;

/// <summary>Limit ranges: bounds and defaults of what containers, pods and claims of a namespace ask for.</summary>
internal sealed class LimitRangeStrategy : PlainStrategy
{
    private static readonly string[] Fields = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];

    public override bool AllowCreateOnUpdate => true;

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var limit in obj.Map("spec").Items("limits").Where(l => l.Text("type") == "Container"))
        {
            Fill(limit, "default", "max");
            Fill(limit, "defaultRequest", "default");
            Fill(limit, "defaultRequest", "min");
        }
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var types = new HashSet<string>();
        var i = 0;
        foreach (var limit in obj.Map("spec").Items("limits"))
        {
            var path = $"spec.limits[{i++}]";
            var type = limit.Text("type") ?? "";
            ValidateType(type, $"{path}.type", errors);
            if (!types.Add(type)) errors.Duplicate($"{path}.type", type);
            ValidateNames(limit, type, path, errors);
            ValidateAmounts(limit, type, path, errors);
        }
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    private static void Fill(JsonObject limit, string target, string source)
    {
        foreach (var (name, value) in limit.Map(source) ?? []) limit.Ensure(target).Default(name, value!.DeepClone());
    }

    private static void ValidateType(string type, string path, ICollection<FieldError> errors)
    {
        var reasons = Labels.Key(type).ToList();
        errors.All(path, type, reasons);
        if (reasons.Count == 0 && !type.Contains('/') && type is not ("Pod" or "Container" or "PersistentVolumeClaim")) errors.Invalid(path, type, "must be a standard limit type or fully qualified");
    }

    private static void ValidateNames(JsonObject limit, string type, string path, ICollection<FieldError> errors)
    {
        foreach (var field in Fields)
        {
            if (type == "Pod" && field is ("default" or "defaultRequest"))
            {
                if (limit.Map(field) is { Count: > 0 }) errors.Forbidden($"{path}.{field}", "may not be specified when `type` is 'Pod'");
                continue;
            }

            foreach (var (name, _) in limit.Map(field) ?? [])
            {
                if (type is "Pod" or "Container") ResourceNames.ValidateContainer(name, $"{path}.{field}[{name}]", errors);
                else ResourceNames.Validate(name, $"{path}.{field}[{name}]", errors);
            }
        }

        if (type == "PersistentVolumeClaim" && limit.Map("min")?["storage"] is null && limit.Map("max")?["storage"] is null)
        {
            errors.Required($"{path}.limits", "either minimum or maximum storage value is required, but neither was provided");
        }
    }

    private static void ValidateAmounts(JsonObject limit, string type, string path, ICollection<FieldError> errors)
    {
        foreach (var name in Fields.SelectMany(f => limit.Map(f)?.Select(p => p.Key) ?? []).Distinct().Order(StringComparer.Ordinal))
        {
            Quantity? Get(string field) => type == "Pod" && field.StartsWith("default", StringComparison.Ordinal) ? null : Quantity.TryParse(limit.Map(field).Text(name) ?? "", out var amount) ? amount : null;
            var (min, max, standard, request, ratio) = (Get("min"), Get("max"), Get("default"), Get("defaultRequest"), Get("maxLimitRequestRatio"));
            void Ordered(Quantity? low, Quantity? high, string field, Quantity? shown, string lowName, string highName)
            {
                if (low is { } a && high is { } b && a > b) errors.Invalid($"{path}.{field}[{name}]", $"{shown}", $"{lowName} value {a} is greater than {highName} value {b}");
            }

            Ordered(min, max, "min", min, "min", "max");
            Ordered(min, request, "defaultRequest", request, "min", "default request");
            Ordered(request, max, "defaultRequest", request, "default request", "max");
            Ordered(request, standard, "defaultRequest", request, "default request", "default limit");
            Ordered(min, standard, "default", min, "min", "default");
            Ordered(standard, max, "default", max, "default", "max");
            if (ratio is { } times) ValidateRatio(times, min, max, $"{path}.maxLimitRequestRatio[{name}]", errors);
            if (!ResourceNames.IsOvercommitAllowed(name) && standard is { } limitValue && request is { } requestValue && limitValue.Value != requestValue.Value)
            {
                errors.Invalid($"{path}.defaultRequest[{name}]", $"{requestValue}", $"default value {limitValue} must equal to defaultRequest value {requestValue} in {name}");
            }
        }
    }

    private static void ValidateRatio(Quantity ratio, Quantity? min, Quantity? max, string path, ICollection<FieldError> errors)
    {
        if (ratio.Value < 1) errors.Invalid(path, $"{ratio}", $"ratio {ratio} is less than 1");
        if (min is { Value: > 0 } low && max is { } high && ratio.Value > high.Value / low.Value)
        {
            errors.Invalid(path, $"{ratio}", string.Create(CultureInfo.InvariantCulture, $"ratio {ratio} is greater than max/min = {high.Value / low.Value:F6}"));
        }
    }
}
