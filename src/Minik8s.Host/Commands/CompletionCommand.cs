using System.CommandLine;

namespace Minik8s.Host.Commands;

/// <summary><c>minik8s completion bash|zsh|fish</c>: prints a script for the shell that asks the executable itself for suggestions.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _minik8s() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(minik8s "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _minik8s minik8s
        """;

    private const string Zsh = """
        #compdef minik8s
        _minik8s() {
            local -a suggestions
            suggestions=(${(f)"$(minik8s "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"})
            compadd -a suggestions
        }
        compdef _minik8s minik8s
        """;

    private const string Fish = """
        complete -f -c minik8s -a '(minik8s "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Prints a completion script: source <(minik8s completion bash)") { shell };
        command.SetAction(result =>
        {
            Console.WriteLine(result.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return 0;
        });
        return command;
    }
}
