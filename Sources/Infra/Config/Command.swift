// A command of the program, or a group of commands, and how a line of arguments is run:
//
//     let program = Command("witan", "A council for machine decisions.", commands: [
//       Command("token", "Tokens.", commands: [
//         Command("create", "Makes a token.", options: [roles.declaration]) { invocation in … return .fine },
//       ]),
//     ])
//     exit(await program.main(CommandLine.arguments.dropFirst()))

/// 0 fine, 1 found wrong, 2 bad usage.
package enum ExitStatus: Int32, Sendable {
  case fine = 0
  case foundWrong = 1
  case badUsage = 2
}

package struct Command: Sendable {
  package typealias Run = @Sendable (Invocation) async throws -> ExitStatus

  package let name: String
  /// One sentence.
  package let summary: String
  /// More for this command's own help, if one sentence is not enough.
  package let discussion: String
  package let commands: [Command]
  package let options: [OptionDeclaration]
  package let operands: [Operand]
  /// Sets of options of which at most one may be given.
  package let exclusive: [[String]]
  let run: Run?

  /// A command that does something.
  package init(
    _ name: String, _ summary: String, discussion: String = "", options: [OptionDeclaration] = [],
    operands: [Operand] = [], exclusive: [[String]] = [], run: @escaping Run
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.commands = []
    self.options = options
    self.operands = operands
    self.exclusive = exclusive
    self.run = run
  }

  /// A group of commands.
  package init(_ name: String, _ summary: String, discussion: String = "", commands: [Command]) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.commands = commands
    self.options = []
    self.operands = []
    self.exclusive = []
    self.run = nil
  }

  /// Runs what `arguments` (without the program's name) ask for. Help goes to `output`; what was wrong with the usage,
  /// or what a command threw, goes to `complaints`. The result is the process's exit status.
  package func main(
    _ arguments: some Sequence<String>, output: (String) -> Void = { writeText($0, to: 1) },
    complaints: (String) -> Void = { writeText($0, to: 2) }
  ) async -> Int32 {
    let words = Array(arguments)
    do throws(UsageError) {
      switch try parse(words) {
      case .help(let text):
        output(text)
        return ExitStatus.fine.rawValue
      case .run(let run, let invocation):
        do {
          return try await run(invocation).rawValue
        } catch let error as UsageError {
          throw error
        } catch {
          complaints("\(Terminal.painted("\(name):", .red, on: 2)) \(error)\n")
          return ExitStatus.foundWrong.rawValue
        }
      }
    } catch {
      complaints("\(Terminal.painted("\(name):", .red, on: 2)) \(error.message)\n")
      if !error.usage.isEmpty { complaints("usage: \(error.usage)\n") }
      return ExitStatus.badUsage.rawValue
    }
  }
}

/// A line of arguments that no command accepts. A command may throw one itself for what only it can see.
package struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  /// The usage line of the command that was meant, without the word "usage".
  package let usage: String

  package init(_ message: String, usage: String = "") {
    self.message = message
    self.usage = usage
  }

  package var description: String { message }
}
