using Minik8s.SchemaGenerator;

// minik8s-schema-generator OUTPUT-DIRECTORY: writes structure.json.br and descriptions.json.br from the official client's models and our tables.
if (args is not [var output])
{
    Console.Error.WriteLine("usage: Minik8s.SchemaGenerator OUTPUT-DIRECTORY");
    return 2;
}

var tables = FieldTable.Load(Path.Combine(AppContext.BaseDirectory, "Tables"));
var reader = new ModelReader(tables);
var definitions = reader.Read();
string[] problems = [.. reader.Problems, .. tables.Unused().Select(name => $"the tables name {name}, which no model has")];
if (problems.Length > 0)
{
    Console.Error.WriteLine(string.Join('\n', problems));
    return 1;
}

Directory.CreateDirectory(output);
ArtefactWriter.Write(Path.Combine(output, "structure.json.br"), definitions.Values.Select(d => (d.Name, d.Structure())));
var descriptions = new Descriptions(Path.Combine(AppContext.BaseDirectory, "KubernetesClient.xml"));
ArtefactWriter.Write(Path.Combine(output, "descriptions.json.br"), definitions.Values.Select(d => (d.Name, descriptions.Of(d))));
return 0;
