// The program `witan`: one command a file, listed here.
import Config
import Glibc

@main
struct Witan {
  static func main() async {
    exit(await program.main(CommandLine.arguments.dropFirst()))
  }
}

/// Declared outside of `main`, so that no command's closure inherits the main actor.
let program = Command(
  "witan", "A council for machine decisions, with a log that nobody rewrites unseen.",
  commands: [versionCommand])
