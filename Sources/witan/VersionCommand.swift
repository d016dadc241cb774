// `witan version`: which release this is, and with which libraries it runs.
import COpenSSL
import CSQLite
import Config

/// The release, as in CHANGELOG.md.
let release = "0.1.0"

let versionCommand = Command("version", "Prints the release and the libraries it runs with.") { _ in
  let openSSL = String(cString: OpenSSL_version(OPENSSL_VERSION))
  let sqlite = String(cString: sqlite3_libversion())
  writeText("witan \(release)\n\(openSSL)\nSQLite \(sqlite)\n", to: 1)
  return .fine
}
