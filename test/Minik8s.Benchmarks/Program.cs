using Minik8s.Benchmarks;

// Each measurement starts what it needs itself and takes it down again. The executable is that of MINIK8S_EXECUTABLE, else the development build.
var measurements = new Dictionary<string, Func<Task<IReadOnlyList<Figure>>>> { ["node"] = NodeFigures.MeasureAsync, ["api"] = ApiFigures.MeasureAsync };
if (args is not [var name, ..] || !measurements.TryGetValue(name, out var measure))
{
    Console.Error.WriteLine("""
        usage: Minik8s.Benchmarks node|api [--readme FILE]
          node  size, memory, idle CPU, start and pod latency of a one-node cluster
          api   requests and watch events for a CPU second of the API server, and its memory
        """);
    return 2;
}

var table = FigureTable.Render(await measure());
Console.WriteLine(table);
if (args is [_, "--readme", var file]) FigureTable.Write(file, name, table);
return 0;
