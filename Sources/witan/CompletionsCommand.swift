// `witan completions SHELL`: what shells need to complete lines that begin with witan.
import Config

let completionsCommand: Command = Command(
  "completions", "Prints what a shell needs to complete witan's lines.",
  discussion: "For one session: source <(witan completions bash). For good: add that line to ~/.bashrc or ~/.zshrc.",
  operands: [Operand("SHELL", choices: CompletionShell.allCases.map(\.rawValue), "bash or zsh.")]
) { invocation in
  guard let shell = CompletionShell(rawValue: invocation.operands[0]) else {
    throw UsageError("there are completions for bash and zsh, and none for \"\(invocation.operands[0])\"")
  }
  writeText(program.completions(for: shell), to: 1)
  return .fine
}
