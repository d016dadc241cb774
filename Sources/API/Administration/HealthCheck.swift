// How the parts of the service are: each is a check with a name. Whoever wires the service adds checks of its own; the API
// makes of them whether it is ready, and what an administrator sees.
import JSON

package struct HealthCheck: Sendable {
  package enum State: String, Sendable, CaseIterable {
    case ok
    /// It does its work, with less than it should have.
    case degraded
    case failed
  }

  package struct Finding: Sendable {
    package let state: State
    /// One sentence for an administrator.
    package let detail: String?

    package init(_ state: State, _ detail: String? = nil) {
      self.state = state
      self.detail = detail
    }
  }

  /// Lower case with underscores.
  package let name: String
  /// Whether no new work should come here while it has failed.
  package let decidesReadiness: Bool
  /// Looks; called for each probe, so it must neither wait nor take long.
  package let look: @Sendable () -> Finding

  package init(_ name: String, decidesReadiness: Bool, look: @escaping @Sendable () -> Finding) {
    self.name = name
    self.decidesReadiness = decidesReadiness
    self.look = look
  }
}

/// What all checks found at one moment.
struct Health: JSONWritable {
  let found: [(check: HealthCheck, finding: HealthCheck.Finding)]

  init(_ checks: [HealthCheck]) { found = checks.map { ($0, $0.look()) } }

  /// Names of what keeps the service from being ready.
  var obstacles: [String] {
    found.filter { $0.check.decidesReadiness && $0.finding.state == .failed }.map(\.check.name)
  }

  var isReady: Bool { obstacles.isEmpty }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("ready", isReady)
    writer.key("checks")
    writeChecks(to: &writer)
    writer.endObject()
  }

  func writeChecks(to writer: inout JSONWriter) {
    writer.beginArray()
    for (check, finding) in found {
      writer.beginObject()
      writer.member("name", check.name)
      writer.member("state", finding.state.rawValue)
      writer.member("decides_readiness", check.decidesReadiness)
      writer.member("detail", finding.detail)
      writer.endObject()
    }
    writer.endArray()
  }
}

/// What the executable knows of itself and the machine.
package struct HostStatus: Sendable {
  package struct Resource: Sendable {
    package let name: String
    /// normal, warning, critical.
    package let pressure: String
    package let used: Double
    /// The whole, in the same unit; nil where there is none.
    package let limit: Double?
    package let unit: String

    package init(_ name: String, pressure: String, used: Double, limit: Double?, unit: String) {
      self.name = name
      self.pressure = pressure
      self.used = used
      self.limit = limit
      self.unit = unit
    }
  }

  /// What runs, by name: the release and the libraries that it found.
  package var versions: [(name: String, version: String)]
  package var resources: [Resource]
  /// What is let in: everything, batches_slowly, no_new_batches, no_new_cases.
  package var admission: String
  package var started: String

  package init(versions: [(name: String, version: String)], resources: [Resource], admission: String, started: String) {
    self.versions = versions
    self.resources = resources
    self.admission = admission
    self.started = started
  }

  func write(to writer: inout JSONWriter) {
    writer.member("started", started)
    writer.key("versions")
    writer.beginObject()
    for (name, version) in versions {
      writer.key(name)
      writer.string(version)
    }
    writer.endObject()
    writer.member("admission", admission)
    writer.key("resources")
    writer.beginArray()
    for resource in resources {
      writer.beginObject()
      writer.member("name", resource.name)
      writer.member("pressure", resource.pressure)
      writer.member("used", resource.used)
      writer.member("limit", resource.limit)
      writer.member("unit", resource.unit)
      writer.endObject()
    }
    writer.endArray()
  }
}
