using Minik8s.Benchmarks;

// Each measurement starts what it needs itself and takes it down again. The executable is that of MINIK8S_EXECUTABLE, else the development build.
if (args is not ["node", ..])
{
    Console.Error.WriteLine("usage: Minik8s.Benchmarks node [--readme FILE]\n  node  size, memory, idle CPU, start and pod latency of a one-node cluster");
    return 2;
}

var figures = await NodeFigures.MeasureAsync();
var table = FigureTable.Render(figures);
Console.WriteLine(table);
if (args is [_, "--readme", var file]) FigureTable.Write(file, table);
return 0;
