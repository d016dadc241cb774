// The program `witan`: one command a file, listed here.
import Config
import Crypto
import Glibc
import Net

@main
struct Witan {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    OpenSSL.start()
    // A server takes signals from a descriptor; any other command ends by them as usual.
    let signals = arguments.first == "serve" ? [SIGTERM, SIGINT, SIGHUP] : []
    runProcess(watching: signals) { await program.main(arguments) }
  }
}

/// Declared outside of `main`, so that no command's closure inherits the main actor.
let program: Command = Command(
  "witan", "A council for machine decisions, with a log that nobody rewrites unseen.",
  commands: [
    serveCommand, decideCommand, evalCommand, auditCommand, doctorCommand, backupCommand, restoreCommand, tokenCommand,
    constitutionCommand, configCommand, benchCommand, completionsCommand, versionCommand,
  ])
