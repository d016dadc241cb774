// How the parts of the running service are, for its readiness and its status: the resources, the keys of others, and
// whatever other parts add.
import API
import COpenSSL
import CSQLite
import Config
import Glibc
import Ledger
import Resilience
import Telemetry

struct ServiceHealth: Sendable {
  static let maintenanceFile = Setting<FilePath?>(
    "http.maintenance_file", default: nil, reloadable: false,
    "While this file is there, the server is not ready: how an instance is taken out without being stopped.")

  private let resources: ServiceResources
  private let tokens: ServiceTokens
  private let maintenanceFile: String?
  private let started = Timestamp.now().text

  init(_ configuration: Configuration, resources: ServiceResources, tokens: ServiceTokens) {
    self.resources = resources
    self.tokens = tokens
    maintenanceFile = configuration[Self.maintenanceFile]?.text
  }

  /// The checks of this service. A part that has one of its own adds it here.
  func checks(_ breakers: BreakerBoard, knowsRevocations: (@Sendable () -> Bool)?) -> [HealthCheck] {
    var checks = Resource.allCases.map { resource in
      // A busy processor or a late loop passes; what is full stays full, and takes the instance out.
      let decides = [Resource.memory, .disk, .descriptors].contains(resource)
      return HealthCheck(resource.rawValue, decidesReadiness: decides) { [resources] in
        finding(resources.report?.levels[resource], figure(resource, resources))
      }
    }
    checks.append(
      HealthCheck("breakers", decidesReadiness: false) {
        let open = breakers.reports.filter { $0.state != .closed }
        return open.isEmpty
          ? .init(.ok) : .init(.degraded, open.map { "\($0.name) is \($0.state.rawValue)" }.joined(separator: ", "))
      })
    if let foreign = tokens.foreign {
      checks.append(
        HealthCheck("token_keys", decidesReadiness: false) {
          foreign.lastFailure.map { .init(.degraded, "the key set could not be read: \($0)") } ?? .init(.ok)
        })
    }
    if let knowsRevocations {
      checks.append(
        HealthCheck("revocations", decidesReadiness: true) {
          knowsRevocations()
            ? .init(.ok)
            : .init(.failed, "other instances cannot be asked what they have revoked, and nobody is let in")
        })
    }
    if let maintenanceFile {
      checks.append(
        HealthCheck("maintenance", decidesReadiness: true) {
          access(maintenanceFile, F_OK) == 0 ? .init(.failed, "\(maintenanceFile) is there") : .init(.ok)
        })
    }
    return checks
  }

  var host: HostStatus {
    var system = utsname()
    let kernel =
      uname(&system) == 0
      ? withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } : "unknown"
    return HostStatus(
      versions: [
        ("witan", release), ("openssl", String(cString: OpenSSL_version(OPENSSL_VERSION))),
        ("sqlite", String(cString: sqlite3_libversion())), ("linux", kernel),
      ], resources: Resource.allCases.compactMap { status(of: $0) }, admission: resources.headroom.word,
      started: started)
  }

  private func status(of resource: Resource) -> HostStatus.Resource? {
    guard let report = resources.report, let sample = resources.sample else { return nil }
    let (used, limit, unit): (Double, Double?, String) =
      switch resource {
      case .cpu: ((report.cpuShare ?? 0) * sample.cores, sample.cores, "processors")
      case .memory: (Double(sample.residentBytes), Double(resources.memoryLimit), "bytes")
      case .disk:
        (Double((sample.diskBytes ?? 0) - (sample.diskFreeBytes ?? 0)), sample.diskBytes.map(Double.init), "bytes")
      case .descriptors: (Double(sample.openDescriptors), Double(sample.descriptorLimit), "descriptors")
      case .loopLag: (sample.loopLag / .seconds(1), nil, "seconds")
      }
    let pressure = report.levels[resource] ?? .normal
    return HostStatus.Resource(
      resource.rawValue, pressure: "\(pressure)", used: max(0, used), limit: limit, unit: unit)
  }
}

private func finding(_ pressure: Pressure?, _ figure: String?) -> HealthCheck.Finding {
  switch pressure ?? .normal {
  case .normal: .init(.ok, figure)
  case .warning: .init(.degraded, figure)
  case .critical: .init(.failed, figure)
  }
}

/// How much is left or used, in words.
private func figure(_ resource: Resource, _ resources: ServiceResources) -> String? {
  guard let sample = resources.sample else { return nil }
  func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }
  switch resource {
  case .cpu: return resources.report?.cpuShare.map { "\(Int($0 * 100)) % of \(sample.cores) processors" }
  case .memory: return "\(mebibytes(sample.residentBytes)) of \(mebibytes(resources.memoryLimit)) used"
  case .disk: return sample.diskFreeBytes.map { "\(mebibytes($0)) free" }
  case .descriptors: return "\(sample.openDescriptors) of \(sample.descriptorLimit) open"
  case .loopLag: return "\(Int(sample.loopLag / .microseconds(1))) µs"
  }
}
