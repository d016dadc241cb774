// Jobs as the configuration bounds them, and the task that works on them.
import API
import Chamber
import Config
import HTTP
import Resilience

enum ServiceJobs {
  static let unfinished = Setting<Int>(
    "jobs.unfinished", default: 64, in: .range(1...10_000), unit: "jobs",
    "Jobs that have not ended; one more is answered with 429.")
  static let cases = Setting<Int>(
    "jobs.cases", default: 10_000_000, in: .range(1...1_000_000_000), unit: "cases",
    "Cases of one job; an upload with more is answered with 413.")

  static let section = SettingSection("Jobs", "Cases that are decided in the background.", [unfinished, cases])

  static func settings(_ configuration: Configuration) -> JobSettings {
    var settings = JobSettings()
    settings.unfinished = configuration[unfinished]
    settings.cases = configuration[cases]
    return settings
  }

  /// Works on the chamber's jobs until it is cancelled.
  static func runner(
    _ chamber: Chamber, _ leases: any Leases, _ headroom: any Headroom, _ telemetry: ServiceTelemetry,
    _ traces: ServiceTraces?
  ) -> JobRunner {
    JobRunner(chamber: chamber, leases: leases) {
      await headroom.giveWay()
      return headroom.refusal(of: .batch) == nil
    } problem: {
      Problem.document(of: $0, traceID: $1)
    } watched: { job, work in
      guard let traces else { return try await work(nil) }
      try await traces.watch(job, work)
    } failed: { job, error in
      telemetry.failed("jobs.failed", "The job \(job) cannot go on for now", error)
    }
  }
}
