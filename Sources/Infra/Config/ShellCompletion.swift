// What a shell offers while a line is typed, made of the same declarations that parse the line. A script walks over the
// words so far to find the command, and offers its commands, options, or the values that the option before takes.

package enum CompletionShell: String, SettingChoice { case bash, zsh }

extension Command {
  /// The script that teaches a shell this program: for `source`, or for a file of the shell's completion folder.
  package func completions(for shell: CompletionShell) -> String {
    switch shell {
    case .bash: bashCompletions
    case .zsh: zshCompletions
    }
  }

  /// Every command below this one, by its words.
  private func everyCommand(path: [String] = []) -> [(path: [String], command: Command)] {
    [(path, self)] + commands.flatMap { $0.everyCommand(path: path + [$0.name]) }
  }

  /// The `case` patterns of words that lead on to another command: `"token create"`.
  private var steps: String {
    everyCommand().filter { !$0.path.isEmpty }.map { path, _ in
      quoted(path.count == 1 ? " \(path[0])" : path.joined(separator: " "))
    }.joined(separator: " | ")
  }

  private func quoted(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }

  // MARK: bash

  private var bashCompletions: String {
    var text = """
      # Completions of \(name) for bash: source <(\(name) completions bash)
      _\(name)() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
        local place='' words='' files='' i
        COMPREPLY=()
        for ((i = 1; i < COMP_CWORD; i++)); do
          case "$place ${COMP_WORDS[i]}" in
            \(steps)) place="${place:+$place }${COMP_WORDS[i]}" ;;
          esac
        done
        case "$place" in

      """
    for (path, command) in everyCommand() {
      text += "    \(quoted(path.joined(separator: " "))))\n"
      let valued = command.options.filter { $0.valueName != nil }
      if !valued.isEmpty {
        text += "      case \"$previous\" in\n"
        for option in valued { text += "        --\(option.name)) \(bash(option.offer)) ;;\n" }
        text += "      esac\n"
      }
      var words = command.commands.map(\.name) + command.options.map { "--\($0.name)" } + ["--help"]
      if path.isEmpty { words.append("help") }
      text += "      words=\(quoted((words + command.operands.flatMap(\.choices)).joined(separator: " ")))\n"
      if command.operands.contains(where: { $0.isFile }) { text += "      files=yes\n" }
      text += "      ;;\n"
    }
    return text + """
        esac
        if [[ $files && $current != -* ]]; then
          compopt -o filenames 2>/dev/null
          mapfile -t COMPREPLY < <(compgen -f -- "$current")
        else
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        fi
      }
      complete -F _\(name) \(name)

      """
  }

  private func bash(_ offer: Offer) -> String {
    switch offer {
    case .words(let words):
      "mapfile -t COMPREPLY < <(compgen -W \(quoted(words.joined(separator: " "))) -- \"$current\"); return"
    case .files: "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return"
    case .folders: "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); return"
    case .nothing: "return"
    }
  }

  // MARK: zsh

  private var zshCompletions: String {
    var text = """
      #compdef \(name)
      # Completions of \(name) for zsh: source <(\(name) completions zsh), or as the file _\(name) in a folder of $fpath.
      _\(name)() {
        local place='' previous=$words[CURRENT-1]
        local -a offered
        local -i i
        for ((i = 2; i < CURRENT; i++)); do
          case "$place $words[i]" in
            (\(steps)) place="${place:+$place }$words[i]" ;;
          esac
        done
        case "$place" in

      """
    for (path, command) in everyCommand() {
      text += "    (\(quoted(path.joined(separator: " "))))\n"
      let valued = command.options.filter { $0.valueName != nil }
      if !valued.isEmpty {
        text += "      case \"$previous\" in\n"
        for option in valued { text += "        (--\(option.name)) \(zsh(option.offer)) ;;\n" }
        text += "      esac\n"
      }
      let rows =
        command.commands.map { ($0.name, $0.summary) } + command.options.map { ("--\($0.name)", $0.summary) }
        + command.operands.flatMap { operand in operand.choices.map { ($0, operand.summary) } }
        + [("--help", "Tells more.")]
      text += "      offered=(\n"
      for (word, summary) in rows { text += "        \(quoted("\(word):\(summary)"))\n" }
      text += "      )\n"
      if command.operands.contains(where: { $0.isFile }) { text += "      [[ $PREFIX != -* ]] && _files\n" }
      text += "      ;;\n"
    }
    return text + """
        esac
        _describe '\(name)' offered
      }
      if [[ $funcstack[1] == _\(name) ]]; then _\(name) "$@"; else compdef _\(name) \(name); fi

      """
  }

  private func zsh(_ offer: Offer) -> String {
    switch offer {
    case .words(let words): "compadd -- \(words.joined(separator: " ")); return"
    case .files: "_files; return"
    case .folders: "_files -/; return"
    case .nothing: "return"
    }
  }
}

/// What can stand in the place of a value.
private enum Offer {
  case words([String])
  case files, folders, nothing
}

extension OptionDeclaration {
  fileprivate var offer: Offer {
    if !choices.isEmpty { return .words(choices) }
    switch valueName {
    case "DIR": return .folders
    case "FILE", "PATH": return .files
    default: return .nothing
    }
  }
}

extension Operand {
  fileprivate var isFile: Bool {
    choices.isEmpty && ["FILE", "DIR", "PROOF", "DATASET"].contains { name.hasPrefix($0) }
  }
}
