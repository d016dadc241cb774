// Where the keys lie and what they lie under. `serve` is told by its configuration; the other commands look at the same
// places, so that whoever may read the passphrase can audit and back up without being asked for it again.
import Config
import Crypto
import Ledger

enum KeySettings {
  static let ledger = Setting<FilePath?>(
    "keys.ledger", default: nil, "The key that signs checkpoints; `keys/ledger.pem` of the data folder if not given.")
  static let token = Setting<FilePath?>(
    "keys.token", default: nil,
    "The key that signs tokens and permits; `keys/token.pem` of the data folder if not given.")
  static let master = Setting<FilePath?>(
    "keys.master", default: nil,
    "The key that wraps the keys of payloads; `keys/master.key` of the data folder if not given.")
  static let passphrase = Setting<Secret?>(
    "keys.passphrase", default: nil,
    "What these three lie under on disk; keys that are found without are put under it, and their plain bytes overwritten."
  )

  static let section = SettingSection("Keys", "The server's own keys.", [ledger, token, master, passphrase])

  static func passphrase(_ configuration: Configuration) throws(UsageError) -> KeyPassphrase? {
    guard let secret = configuration[passphrase] else { return nil }
    do throws(CryptoError) { return try KeyPassphrase(secret.reveal()) } catch {
      throw UsageError("keys.passphrase: \(error)")
    }
  }

  /// The configuration as a command without flags for it finds it: environment and `witan.yaml`.
  static func found() throws -> Configuration { try Settings.schema.load(.gather(file: nil)) }
}

extension LedgerConfiguration {
  /// The keys of the configuration that is found, and everything else as it is by default: for commands that look at a
  /// data folder.
  static func found() throws -> LedgerConfiguration {
    var ledger = LedgerConfiguration()
    try ledger.takeKeys(KeySettings.found())
    return ledger
  }

  mutating func takeKeys(_ configuration: Configuration) throws(UsageError) {
    signingKeyPath = configuration[KeySettings.ledger]?.text
    masterKeyPath = configuration[KeySettings.master]?.text
    keyPassphrase = try KeySettings.passphrase(configuration)
  }
}
