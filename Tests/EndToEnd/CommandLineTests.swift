// The program as a person at a shell meets it: completions, colour, and what it says when something is amiss.
import Foundation
import TestSupport
import Testing

@Suite("The command line")
struct CommandLineTests {
  private func witan(_ arguments: [String], folder: URL? = nil) async throws -> (
    status: Int32, out: String, err: String
  ) {
    let command = try RunningProcess("witan", arguments, folder: folder)
    let status = try await command.waitForExit()
    return (status, command.standardOutput, command.standardError)
  }

  private static let program = RunningProcess.buildFolder.appending(path: "witan").path

  // MARK: Completions

  /// What bash offers for a line that is typed so far.
  private func bash(_ line: String, folder: URL) async throws -> [String] {
    let script = """
      source <('\(Self.program)' completions bash) || exit 3
      COMP_LINE=$1 COMP_POINT=${#1}
      read -ra COMP_WORDS <<<"$1"
      [[ $1 == *' ' ]] && COMP_WORDS+=('')
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      $(complete -p witan | sed -E 's/.*-F ([^ ]+).*/\\1/')
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let shell = try RunningProcess(path: "/bin/bash", ["--norc", "-u", "-c", script, "bash", line], folder: folder)
    #expect(try await shell.waitForExit() == 0, "\(shell.standardError)")
    #expect(shell.standardError.isEmpty, "\(line): \(shell.standardError)")
    return shell.standardOutput.split(separator: "\n").map(String.init).sorted()
  }

  @Test("bash is offered the commands, options and values that fit where the line stands")
  func bashCompletions() async throws {
    let folder = try TemporaryFolder()
    try Data().write(to: folder.file("case.json"))
    try FileManager.default.createDirectory(at: folder.file("cases"), withIntermediateDirectories: true)
    func offered(_ line: String) async throws -> [String] { try await bash(line, folder: folder.url) }
    #expect(try await offered("witan se") == ["serve"])
    #expect(try await offered("witan token ") == ["--help", "create", "verify"])
    #expect(try await offered("witan token create --ro") == ["--role"])
    #expect(try await offered("witan token create --role ") == ["admin", "auditor", "decider", "reviewer"])
    #expect(try await offered("witan token create --role au") == ["auditor"])
    #expect(try await offered("witan token create --data ca") == ["cases"])
    #expect(try await offered("witan token create --subject ") == [])
    #expect(try await offered("witan decide ca") == ["case.json", "cases"])
    #expect(try await offered("witan decide --po") == ["--policies"])
    #expect(try await offered("witan completions z") == ["zsh"])
    #expect(try await offered("witan nonsense tok") == ["token"])
    let all = try await offered("witan ")
    let help = try await witan(["--help"]).out
    for command in ["serve", "decide", "eval", "audit", "token", "config", "bench", "doctor", "version", "completions"]
    {
      #expect(all.contains(command) && help.contains("  \(command) "), "\(command)")
    }
  }

  private static let zsh = ["/usr/bin/zsh", "/bin/zsh"].first { FileManager.default.fileExists(atPath: $0) }

  @Test("zsh is offered the same", .enabled(if: zsh != nil))
  func zshCompletions() async throws {
    let folder = try TemporaryFolder()
    // A real shell on a pseudo-terminal of its own (zpty), where TAB is pressed.
    let script = """
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'PS1= ; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u; stty cols 200'
      zpty -w shell 'LISTMAX=1000; source <("$PROGRAM" completions zsh); witan() { print -r -- "got: $*" }; print re''ady'
      zpty -r shell seen '*ready*'
      zpty -w -n shell $'witan token crea\\t--role rev\\t\\n'
      zpty -r shell seen '*got:*reviewer*' && print -r -- "$seen"
      zpty -d shell
      """
    let shell = try RunningProcess(
      path: "/usr/bin/timeout", ["30", Self.zsh ?? "", "-f", "-c", script],
      environment: ["PROGRAM": Self.program, "HOME": folder.path, "TERM": "vt100"], folder: folder.url)
    _ = try await shell.waitForExit()
    #expect(
      shell.standardOutput.contains("got: token create --role reviewer"),
      "\(shell.standardOutput)\(shell.standardError)")
    // The script is one that zsh can read, word for word.
    let check = try RunningProcess(
      path: "/bin/bash", ["-c", "'\(Self.program)' completions zsh | \(Self.zsh ?? "") -n"])
    #expect(try await check.waitForExit() == 0, "\(check.standardError)")
  }

  // MARK: Colour

  @Test("colour is for terminals that want it, and never for pipes and files")
  func colour() async throws {
    let folder = try TemporaryFolder()
    let file = folder.file("case.json").path
    try Data(#"{"action": "water the plants"}"#.utf8).write(to: folder.file("case.json"))
    let escape = "\u{1B}["
    #expect(!(try await witan(["decide", file])).out.contains(escape))
    #expect(!(try await witan(["decide", "missing.json"])).err.contains(escape))
    func onTerminal(_ environment: [String: String]) async throws -> String {
      let terminal = try RunningProcess(
        path: "/usr/bin/script",
        ["-qec", "'\(Self.program)' decide '\(file)'; '\(Self.program)' nonsense", "/dev/null"],
        environment: environment)
      _ = try await terminal.waitForExit()
      return terminal.standardOutput
    }
    let shown = try await onTerminal(["TERM": "xterm", "NO_COLOR": ""])
    #expect(shown.contains("\(escape)32mallow\(escape)0m"), "\(shown)")
    #expect(shown.contains("\(escape)31mwitan:\(escape)0m"), "\(shown)")
    #expect(!(try await onTerminal(["TERM": "xterm", "NO_COLOR": "1"])).contains(escape))
    #expect(!(try await onTerminal(["TERM": "dumb"])).contains(escape))
  }

  // MARK: What it says

  @Test("a token made where there is no key yet comes with word of the key that was made, beside it and not in it")
  func tokenInAnotherFolder() async throws {
    let folder = try TemporaryFolder()
    let arguments = ["token", "create", "--role", "decider", "--subject", "me"]
    let first = try await witan(arguments, folder: folder.url)
    #expect(first.status == 0)
    #expect(first.out.split(separator: ".").count == 3 && first.out.split(separator: "\n").count == 1)
    #expect(first.err.contains("data/keys/token.pem was made") && first.err.contains("--data"), "\(first.err)")
    #expect(try await witan(arguments, folder: folder.url).err.isEmpty)
  }

  @Test(
    "every complaint says what to do",
    arguments: [
      (["audit", "verify"], "--data"), (["audit", "key"], "--data"), (["audit", "prove", "0"], "--data"),
      (["audit", "export"], "--data"), (["audit", "replay"], "--data"), (["doctor"], "--data"),
      (["backup", "copy"], "--data"), (["decide", "missing.json"], "missing.json"), (["toekn"], "did you mean token?"),
      (["token", "create", "--role", "auditer", "--subject", "x"], "did you mean auditor?"),
      (["token", "create", "--rolle", "auditor"], "did you mean --role?"), (["completions", "fish"], "bash and zsh"),
      (["serve", "--listen", "nowhere"], "127.0.0.1:8080"), (["config", "check", "missing.yaml"], "missing.yaml"),
      (["constitution", "check", "missing.yaml"], "missing.yaml"), (["bench", "--seconds", "0"], "1 … 600"),
    ])
  func complaints(arguments: [String], hint: String) async throws {
    let folder = try TemporaryFolder()
    let answer = try await witan(arguments, folder: folder.url)
    #expect(answer.status == 1 || answer.status == 2, "\(arguments)")
    #expect((answer.err + answer.out).contains(hint), "\(arguments): \(answer.err)\(answer.out)")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.isEmpty, "\(arguments) leaves \(left)")
  }

  @Test("every command has help of its own that says what it is for and what it takes")
  func help() async throws {
    let whole = try await witan(["--help"])
    #expect(whole.status == 0)
    let commands = whole.out.components(separatedBy: "commands:\n").last?.split(separator: "\n") ?? []
    let names = commands.compactMap { line in line.wholeMatch(of: #/  ([a-z]+) .*/#).map { String($0.1) } }
    #expect(names.count >= 13)
    for name in names {
      for asked in [[name, "--help"], ["help", name]] {
        let help = try await witan(asked)
        #expect(help.status == 0, "\(asked)")
        #expect(help.out.contains("usage: witan \(name)"), "\(asked)")
      }
    }
  }

  @Test("bench measures a server of its own and leaves nothing behind")
  func bench() async throws {
    let folder = try TemporaryFolder()
    let answer = try await witan(
      ["bench", "--seconds", "1", "--connections", "4", "--json", "--in", folder.path], folder: folder.url)
    #expect(answer.status == 0, "\(answer.err)")
    let result = try #require(try JSONSerialization.jsonObject(with: Data(answer.out.utf8)) as? [String: Any])
    #expect((result["decisions_per_second"] as? Int ?? 0) > 0)
    #expect(result["failures"] as? Int == 0)
    let latency = try #require(result["latency_ms"] as? [String: Double])
    #expect((latency["p50"] ?? 0) > 0 && (latency["p99"] ?? 0) >= (latency["p50"] ?? 0))
    #expect((result["server_peak_kilobytes"] as? Int ?? 0) > 1000)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    #expect(try await witan(["bench", "--in", "/nowhere"]).err.contains("--in"))
  }
}
