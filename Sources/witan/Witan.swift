// The program `witan`: one command a file, listed here.
import CLinux
import Config
import Crypto
import Glibc
import Net

/// Whether the system agreed to write no dump of this process. Set once, before there is a second thread.
nonisolated(unsafe) private(set) var isMemoryPrivate = false

@main
struct Witan {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    // A server takes signals from a descriptor; any other command ends by them as usual.
    let signals = arguments.first == "serve" ? [SIGTERM, SIGINT, SIGHUP] : []
    runProcess(watching: signals, prepare: prepare) { await program.main(arguments) }
  }

  private static func prepare() {
    // Keys and cases pass through this memory; where the system refuses, `serve` says so.
    isMemoryPrivate = witan_keep_memory_private() == 0
    OpenSSL.start()
  }
}

/// Declared outside of `main`, so that no command's closure inherits the main actor.
let program: Command = Command(
  "witan", "A council for machine decisions, with a log that nobody rewrites unseen.",
  commands: [
    serveCommand, decideCommand, evalCommand, auditCommand, doctorCommand, backupCommand, restoreCommand, tokenCommand,
    constitutionCommand, configCommand, benchCommand, completionsCommand, versionCommand,
  ])
