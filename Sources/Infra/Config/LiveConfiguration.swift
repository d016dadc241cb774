// The configuration of a running program. A reload that finds anything wrong changes nothing; one that succeeds changes
// the settings that can change, keeps the others as they run, and names those, since only a restart will bring them.
import Locking

package struct ChangedSetting: Hashable, Sendable, CustomStringConvertible {
  package let name: String
  package let from: String
  package let to: String
  package let source: SettingSource

  package var description: String { "\(name): \(from) → \(to) (\(source))" }
}

package struct ReloadOutcome: Sendable {
  package let configuration: Configuration
  package let applied: [ChangedSetting]
  package let needRestart: [ChangedSetting]
}

package final class LiveConfiguration: Sendable {
  package let schema: Schema
  private let state: Locked<Configuration>

  package init(schema: Schema, initial: Configuration) {
    self.schema = schema
    state = Locked(initial)
  }

  package var current: Configuration { state.withLock { $0 } }

  /// Reads everything anew. When this throws, what was in force still is.
  package func reload(_ sources: ConfigurationSources) throws(ConfigurationError) -> ReloadOutcome {
    use(try schema.load(sources))
  }

  /// Puts in force what was read by the same schema and found without fault.
  package func use(_ loaded: Configuration) -> ReloadOutcome {
    state.withLock { running in
      let outcome = schema.merge(loaded, into: running)
      running = outcome.configuration
      return outcome
    }
  }
}

extension Schema {
  func merge(_ loaded: Configuration, into running: Configuration) -> ReloadOutcome {
    var merged = running
    var applied: [ChangedSetting] = []
    var needRestart: [ChangedSetting] = []
    for setting in settings {
      guard let new = loaded.entries[setting.name] else { continue }
      let old = running.entries[setting.name]?.value ?? setting.builtIn
      let change = ChangedSetting(name: setting.name, from: old.written, to: new.value.written, source: new.source)
      if setting.areEqual(old, new.value) {
        merged.entries[setting.name] = new  // the same value, perhaps from another place
      } else if setting.isReloadable {
        merged.entries[setting.name] = new
        applied.append(change)
      } else {
        needRestart.append(change)
      }
    }
    return ReloadOutcome(configuration: merged, applied: applied, needRestart: needRestart)
  }
}
