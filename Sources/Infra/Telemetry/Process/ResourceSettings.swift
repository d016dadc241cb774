// Where the pressure on each resource begins, as settings. Memory goes by the container's or the machine's own bound where
// nothing is said.
import Config

package struct ResourceSettings: Sendable {
  package let interval = Setting<Duration>(
    "resources.interval", default: .seconds(2), in: .range(.milliseconds(50) ... .seconds(60)), reloadable: true,
    "How often the resources are looked at.")
  package let cpuWarning = share(
    "resources.cpu_warning", 0.85, "Share of the processors at which batch work gives way.")
  package let cpuCritical = share(
    "resources.cpu_critical", 0.97, "Share of the processors at which no new batch begins.")
  package let memoryWarning = Setting<ByteSize?>(
    "resources.memory_warning", default: nil, in: .some(.range(.mebibytes(16) ... .gibibytes(4096))), reloadable: true,
    "Resident memory at which the cache is emptied and takes nothing in, and batch work gives way; by default 80 % of what there is."
  )
  package let memoryBatches = Setting<ByteSize?>(
    "resources.memory_batches", default: nil, in: .some(.range(.mebibytes(16) ... .gibibytes(4096))), reloadable: true,
    "Resident memory at which no new batch begins; by default halfway between the warning and critical.")
  package let memoryCritical = Setting<ByteSize?>(
    "resources.memory_critical", default: nil, in: .some(.range(.mebibytes(16) ... .gibibytes(4096))),
    reloadable: true, "Resident memory at which no new case is taken; by default 92 % of what there is.")
  package let diskWarning = Setting<ByteSize>(
    "resources.disk_warning", default: .gibibytes(2), in: .range(.bytes(0) ... .gibibytes(4096)), reloadable: true,
    "Free space under the data folder at which batch work gives way.")
  package let diskCritical = Setting<ByteSize>(
    "resources.disk_critical", default: .mebibytes(512), in: .range(.bytes(0) ... .gibibytes(4096)), reloadable: true,
    "Free space under the data folder at which no new case is taken, and readiness is red.")
  package let descriptorsWarning = share(
    "resources.descriptors_warning", 0.7, "Share of the file descriptors at which batch work gives way.")
  package let descriptorsCritical = share(
    "resources.descriptors_critical", 0.9, "Share of the file descriptors at which no new case is taken.")
  package let lagWarning = lag(
    "resources.loop_lag_warning", .milliseconds(50), "How late an event loop may be before batch work gives way.")
  package let lagCritical = lag(
    "resources.loop_lag_critical", .milliseconds(500), "How late an event loop may be before no new batch begins.")
  package let batchPause = Setting<Duration>(
    "resources.batch_pause", default: .milliseconds(50), in: .range(.zero ... .seconds(10)), reloadable: true,
    "How long a batch pauses before each group of cases while it has to give way.")
  package let batchPatience = Setting<Duration>(
    "resources.batch_patience", default: .seconds(5), in: .range(.zero ... .seconds(600)), reloadable: true,
    "How long a batch that has begun stands still at most before each group of cases while no new one may begin.")

  package init() {}

  package var section: SettingSection {
    SettingSection(
      "Resources", "What the service does before something runs out.",
      [
        interval, cpuWarning, cpuCritical, memoryWarning, memoryBatches, memoryCritical, diskWarning, diskCritical,
        descriptorsWarning, descriptorsCritical, lagWarning, lagCritical, batchPause, batchPatience,
      ])
  }

  private static func share(_ name: String, _ value: Double, _ summary: String) -> Setting<Double> {
    Setting(name, default: value, in: .range(0.01...1), reloadable: true, summary)
  }

  private static func lag(_ name: String, _ value: Duration, _ summary: String) -> Setting<Duration> {
    Setting(name, default: value, in: .range(.milliseconds(1) ... .seconds(60)), reloadable: true, summary)
  }

  package func thresholds(_ configuration: Configuration, within limits: ContainerLimits) -> ResourceThresholds {
    var thresholds = ResourceThresholds()
    thresholds.cpu = (configuration[cpuWarning], configuration[cpuCritical])
    let most = Double(limits.memoryBytes)
    thresholds.memory = (
      configuration[memoryWarning]?.bytes ?? Int(most * 0.8), configuration[memoryCritical]?.bytes ?? Int(most * 0.92)
    )
    let (warning, critical) = thresholds.memory
    thresholds.memoryForBatches = configuration[memoryBatches]?.bytes ?? warning + (critical - warning) / 2
    thresholds.diskFree = (configuration[diskWarning].bytes, configuration[diskCritical].bytes)
    thresholds.descriptors = (configuration[descriptorsWarning], configuration[descriptorsCritical])
    thresholds.loopLag = (configuration[lagWarning], configuration[lagCritical])
    return thresholds
  }

  /// A warning has to come before what it warns of.
  package var check: Schema.Check {
    { [self] configuration in
      func finding(_ setting: any DeclaredSetting, _ other: any DeclaredSetting, _ word: String) -> Finding {
        Finding(
          configuration.source(of: setting.name), setting: setting.name,
          "a warning must come before what it warns of: make it \(word) than \(other.name)")
      }
      var findings: [Finding] = []
      for (warning, critical) in [(cpuWarning, cpuCritical), (descriptorsWarning, descriptorsCritical)]
      where configuration[warning] >= configuration[critical] {
        findings.append(finding(warning, critical, "less"))
      }
      if configuration[lagWarning] >= configuration[lagCritical] {
        findings.append(finding(lagWarning, lagCritical, "less"))
      }
      // Of free space, so the warning is the larger one; both 0 is no check at all.
      let (warning, critical) = (configuration[diskWarning].bytes, configuration[diskCritical].bytes)
      if warning < critical { findings.append(finding(diskWarning, diskCritical, "more")) }
      let thresholds = thresholds(configuration, within: ContainerLimits())
      if thresholds.memory.warning >= thresholds.memory.critical {
        findings.append(finding(memoryWarning, memoryCritical, "less"))
      } else if thresholds.memoryForBatches < thresholds.memory.warning {
        findings.append(finding(memoryWarning, memoryBatches, "less"))
      } else if thresholds.memoryForBatches > thresholds.memory.critical {
        findings.append(finding(memoryBatches, memoryCritical, "less"))
      }
      return findings
    }
  }
}
