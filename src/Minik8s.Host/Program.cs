using Minik8s.Host.Commands;

return await RootCommandFactory.Create().Parse(args).InvokeAsync();
