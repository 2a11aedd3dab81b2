using System.Text.Json;

namespace Minik8s.Api.Resources;

/// <summary>Renders objects of one kind as rows of a <c>Table</c> (meta/v1), as kubectl shows them.</summary>
public interface ITablePrinter
{
    IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Writes the cells of one row, one JSON value per column, into an array that the caller has opened.</summary>
    void WriteCells(JsonElement obj, DateTimeOffset now, Utf8JsonWriter writer);
}

/// <summary>A column's header. Columns with a priority above 0 show only with <c>-o wide</c>.</summary>
public sealed record TableColumn(string Name, string Type, string Description, int Priority = 0, string Format = "");
