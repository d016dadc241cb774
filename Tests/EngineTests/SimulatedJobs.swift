// Jobs of a simulated service: uploaded, cut off, paused, cancelled, and gone on with by whichever life comes next. Each
// line has one deliberation, under the name that follows from its place.
import Chamber
import Crypto
import JSON
import Ledger

@testable import Engine

/// An upload as whoever brings it knows it. Each has a poster of its own, so that all its deliberations can be found.
struct SimulatedJob {
  /// The jobs that somebody was told of.
  var known: Set<String> = []
  let actor: String
  /// Nil for a line that is no case.
  let lines: [ToyCase?]

  func bytes(_ line: ToyCase?) -> [UInt8] { line?.matter.canonical ?? Array("no case".utf8) }
}

extension SimulatedService {
  func askForJob(_ seed: UInt64) {
    ask { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      let offered = SimulatedJob(
        actor: "poster \(seed)",
        lines: (0..<(1 + random.below(8))).map { _ in random.chance(0.1) ? nil : ToyCase.generate(&random) })
      let breaksOff = random.chance(0.2) ? random.below(offered.lines.count) : nil
      let key = random.chance(0.5) ? "key" : nil
      service.acknowledge { $0.jobs.append(offered) }
      for _ in 0..<(key == nil ? 1 : 1 + random.below(2)) {
        do {
          let job = try await chamber.jobs.take(by: offered.actor, trace: "t", key: key) { upload in
            for (place, line) in offered.lines.enumerated() {
              if place == breaksOff { throw CancellationError() }
              try await upload.add(offered.bytes(line))
            }
          }
          guard isHeard() else { return }
          service.take(job, offered)
        } catch is CancellationError where breaksOff != nil {
        } catch is LedgerError, JobRefusal.tooMany, ChamberError.stillRunning, JobRefusal.overtaken {
          // Not known to be on record, or there is enough to do already.
        } catch { if isHeard() { service.complain("\(error)") } }
      }
    }
  }

  private func take(_ job: Job, _ offered: SimulatedJob) {
    acknowledge {
      guard let place = $0.jobs.firstIndex(where: { $0.actor == offered.actor }) else { return }
      $0.jobs[place].known.insert(job.id)
    }
    if job.cases != offered.lines.count { complain("\(job.id) has \(job.cases) cases") }
  }

  func askForJobChange(_ seed: UInt64) {
    ask { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      guard let job = chamber.jobs.all.filter({ $0.end == nil }).randomElement(using: &random) else { return }
      do {
        switch random.below(5) {
        case 0, 1:
          let cancelled = try await chamber.jobs.cancel(job.id, by: "admin", trace: "t")
          guard isHeard() else { return }
          if cancelled.end == nil { service.complain("\(job.id) goes on though it is cancelled") }
          service.acknowledge { $0.cancelled.insert(job.id) }
        case 2, 3: _ = try await chamber.jobs.pause(job.id, by: "admin", trace: "t")
        default: _ = try await chamber.jobs.resume(job.id, by: "admin", trace: "t")
        }
      } catch is LedgerError, JobRefusal.ended, JobRefusal.overtaken {
        // Not known to be on record, or something else has happened to it.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  /// Whether jobs are what they were, and no line was decided twice or under another name.
  func recallJobs(_ chamber: Chamber, _ entries: [LoggedEntry]) {
    let jobs = Dictionary(grouping: chamber.jobs.all, by: \.actor)
    let decided = Dictionary(grouping: entries.filter { $0.type == EntryType.deliberation }, by: \.actor)
    for offered in acknowledged.jobs {
      let found = jobs[offered.actor] ?? []
      if !offered.known.isSubset(of: found.map(\.id)) { complain("a job of \(offered.actor) was lost") }
      for (one, next) in zip(found, found.dropFirst())
      where next.created.microseconds - one.created.microseconds <= 86_400_000_000 {
        complain("\(one.id) and \(next.id) were taken under one key within a day")
      }
      for entry in decided[offered.actor] ?? [] {
        let places = found.flatMap { job in offered.lines.indices.filter { job.deliberation($0) == entry.id } }
        let hash = (try? JSONValue(parsing: entry.body))?["case"]?.string
        if places.map({ offered.lines[$0]?.matter.hash.hex }) != [hash] {
          complain("\(entry.id) is not one line of \(offered.actor)")
        }
      }
    }
    for job in chamber.jobs.all where job.end == nil && acknowledged.cancelled.contains(job.id) {
      complain("\(job.id) goes on though it is cancelled")
    }
    recallUploads(chamber, entries)
  }

  /// What an upload left behind is erased where no job came of it, and once its job is over.
  private func recallUploads(_ chamber: Chamber, _ entries: [LoggedEntry]) {
    var jobs: [String: Job] = [:]
    for entry in entries where entry.type == EntryType.job {
      guard let body = try? JSONValue(parsing: entry.body), body["event"]?.string == "created",
        let upload = body["upload"]?.string
      else { continue }
      jobs[upload] = try? chamber.jobs.job(entry.id)
    }
    for entry in entries where entry.type == EntryType.jobPart {
      let job = entry.id.split(separator: "/").first.flatMap { jobs[String($0)] }
      if job == nil, entry.payload != nil { complain("\(entry.id) is left of an upload that broke off") }
      if job?.isCleared == true, entry.payload != nil { complain("\(entry.id) outlived its job") }
      if let job, job.end == nil, entry.payload == nil { complain("\(entry.id) is gone and \(job.id) needs it") }
    }
  }

  /// In good weather every job comes to its end, with one result a line.
  func finishJobs(_ random: inout Randomness) throws {
    guard let chamber else { return }
    weather.clear()
    mendDisk()
    for _ in 0..<20_000 {
      if underWay == 0, chamber.jobs.all.allSatisfy(\.isCleared) { break }
      for job in chamber.jobs.all where job.isPaused && job.end == nil && underWay == 0 {
        ask { _, chamber, _ in _ = try? await chamber.jobs.resume(job.id, by: "admin", trace: "t") }
      }
      if !thread.isIdle {
        thread.runOne(&random)
      } else if ledger?.health.queued != 0 {
        ledger?.turn()
      } else if let alarm = clock.nextAlarm {
        clock.pass(to: alarm)
      }
    }
    for job in chamber.jobs.all {
      if !job.isCleared { complain("\(job.id) never ends") }
      guard let offered = acknowledged.jobs.first(where: { $0.actor == job.actor }) else { continue }
      if job.end?.event == .finished { try checkResults(of: job, offered, chamber) }
    }
  }

  private func checkResults(of job: Job, _ offered: SimulatedJob, _ chamber: Chamber) throws {
    let read = thread.result {
      await Result.catching {
        var results = try JobResults(of: job, from: 0, in: chamber) { _, _ in Array(#""none""#.utf8) }
        var lines: [UInt8] = []
        while case .lines(let part) = try await results.next() { lines += part }
        return lines.split(separator: 0x0a).map { Array($0) }
      }
    }
    guard let lines = try read?.get() else { return complain("the results of \(job.id) cannot be read") }
    if job.progress.cases != offered.lines.count || lines.count != offered.lines.count {
      complain("\(job.id) of \(offered.lines.count) cases has \(lines.count) results")
    }
    for (place, (line, posted)) in zip(lines, offered.lines).enumerated() {
      let result = try JSONValue(parsing: line)
      let failed = result["error"] != nil
      // Of a case that was erased there is no result any more.
      if failed, posted != nil, result["error"]?.string != "none" { complain("case \(place) of \(job.id) failed") }
      if posted == nil, !failed { complain("case \(place) of \(job.id) is none, and was decided") }
      if !failed, result["id"]?.string != job.deliberation(place) { complain("\(place) of \(job.id) has another name") }
    }
  }
}
