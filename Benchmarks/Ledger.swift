// The ledger: durable signed appends against bare SQLite with the same rows and groups, and against one sync of the disk;
// proofs, queries, starting and verifying at a million entries (WITAN_BENCH_ENTRIES for another number).
import Crypto
import Foundation
import Glibc
import Ledger
import Locking
import Net
import Storage
import Synchronization
import TransparencyLog

extension Suite {
  static let ledger = Suite(name: "ledger") {
    let bench = try LedgerBenchmark()
    defer { bench.remove() }
    try bench.run()
  }
}

/// Text that makes an entry of about 1 KB.
private let rationale = String(repeating: "the quick brown fox jumps over the lazy dog; ", count: 16)

private struct LedgerBenchmark: Sendable {
  let root: URL
  let entries: Int

  init() throws {
    let environment = ProcessInfo.processInfo.environment
    let parent = environment["WITAN_BENCH_FOLDER"] ?? FileManager.default.temporaryDirectory.path
    root = URL(filePath: parent).appending(path: "witan-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    entries = environment["WITAN_BENCH_ENTRIES"].flatMap { Int($0) } ?? 1_000_000
  }

  func remove() { try? FileManager.default.removeItem(at: root) }

  func run() throws {
    let parts: [(String, () throws -> Void)] = [
      ("machine", machine), ("sync", sync), ("appends", appends), ("lone", lone), ("half", halfLoad),
      ("million", million),
    ]
    let wanted = ProcessInfo.processInfo.environment["WITAN_BENCH_PART"]
    for (name, part) in parts where wanted == nil || wanted == name { try part() }
  }

  // MARK: The machine

  /// How fast this machine is just now, beside one of 0.57 µs, for which the figures are meant.
  private func machine() {
    let block = [UInt8](repeating: 7, count: 1024)
    var best = Double.infinity
    for _ in 0..<20 {
      let start = nanoseconds()
      for _ in 0..<1000 { _ = SHA256.digest(block) }
      best = min(best, Double(nanoseconds() - start) / 1e6)
    }
    print(String(format: "\nSHA-256 of 1 KB: %.2f µs, %.1f times the 0.57 µs of the reference", best, best / 0.57))
  }

  // MARK: The disk

  /// Nanoseconds of each of `count` syncs of that many bytes, overwriting a file that is there.
  private func syncs(of bytes: Int, count: Int) throws -> [Double] {
    let path = root.appending(path: "sync").path
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT, 0o600)
    defer {
      Glibc.close(descriptor)
      unlink(path)
    }
    let block = [UInt8](repeating: 7, count: bytes)
    for place in 0..<16 { _ = block.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, bytes, place * bytes) } }
    fsync(descriptor)
    return (0..<count).map { round in
      let start = nanoseconds()
      _ = block.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, bytes, round % 16 * bytes) }
      fdatasync(descriptor)
      return Double(nanoseconds() - start)
    }
  }

  private func sync() throws {
    print("\none write and sync of the disk")
    for bytes in [4096, 65_536, 524_288] {
      print("  \(pad("\(bytes) bytes", 20)) \(spread(try syncs(of: bytes, count: 400)))")
    }
  }

  // MARK: Appending

  private func draft(_ number: Int, payload: Int = 0) -> EntryDraft {
    EntryDraft(
      type: "deliberation", id: "dlb_\(number)", actor: "service-\(number % 50)", subject: "subject-\(number % 5000)",
      trace: "4bf92f3577b34da6a3ce929d0e0e4736",
      body: Array(
        #"{"critics":["autonomy","privacy"],"n":\#(number),"rationale":"\#(rationale)","verdict":"\#(number % 100 == 0 ? "deny" : "allow")"}"#
          .utf8),
      payload: payload == 0 ? nil : [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: payload))
  }

  private func open(_ name: String, _ change: (inout LedgerConfiguration) -> Void = { _ in }) throws -> Ledger {
    var configuration = LedgerConfiguration()
    change(&configuration)
    return try Ledger.open(dataFolder: root.appending(path: name).path, configuration: configuration)
  }

  /// Callers on event loops, as those of the service are.
  private func appends() throws {
    print("\ndurable signed appends, 256 waiting writers")
    let loops = try EventLoopGroup()
    defer { loops.stop() }
    for payload in [0, 1024] {
      let count = 200_000
      let ledger = try open("appends-\(payload)") { $0.answering = { loops.gatheringWakeups($0) } }
      let next = Counter()
      let start = nanoseconds()
      let latencies = try blocking {
        await withTaskGroup(of: [Double].self) { group in
          for writer in 0..<256 {
            group.addTask(executorPreference: loops.loops[writer % loops.loops.count]) {
              var latencies: [Double] = []
              while true {
                let number = next.take()
                guard number < count else { return latencies }
                let start = nanoseconds()
                guard (try? await ledger.append(draft(number, payload: payload))) != nil else { return latencies }
                latencies.append(Double(nanoseconds() - start))
              }
            }
          }
          return await group.reduce(into: []) { $0 += $1 }
        }
      }
      let seconds = Double(nanoseconds() - start) / 1e9
      let size = try ledger.entry(at: 1).bytes.count
      let group = try meanGroup(ledger)
      ledger.close()
      let rate = Double(latencies.count) / seconds
      print(
        "  \(pad("entries of \(size) B, payloads of \(payload) B", 40)) \(Int(rate)) /s in groups of \(group)   \(spread(latencies))"
      )
      let bare = Double(count) / (try bareSQLite(count: count, entry: size, payload: payload, group: group))
      print(
        "  \(pad("  bare SQLite, the same rows and groups", 40)) \(Int(bare)) /s: appends reach \(Int(100 * rate / bare)) % of it"
      )
      if payload == 0 { verdict("50,000 appends of 1 KB a second", rate >= 50_000) }
      verdict("within 20 % of bare SQLite", rate >= 0.8 * bare)
    }
  }

  /// Entries in a group on average, over the last 20,000 entries: a group's entries share one time.
  private func meanGroup(_ ledger: Ledger) throws -> Int {
    let last = ledger.size
    let first = last - min(20_000, last)
    var times: Set<[UInt8]> = []
    for index in first..<last {
      let bytes = try ledger.entry(at: index).bytes
      guard let place = bytes.firstRange(of: Array(#""time":""#.utf8)) else { continue }
      times.insert(Array(bytes[place.upperBound..<place.upperBound + 27]))
    }
    return max(1, Int(last - first) / max(1, times.count))
  }

  /// The same rows into the same tables, in transactions of that many entries, with nothing else done: the seconds that it
  /// takes.
  private func bareSQLite(count: Int, entry: Int, payload: Int, group: Int) throws -> Double {
    let path = root.appending(path: "bare-\(payload)-\(group).db").path
    let connection = try SQLiteConnection(path: path)
    try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 6144")
    try connection.execute("PRAGMA cache_size = -32768")
    try connection.execute(
      "CREATE TABLE entries (position INTEGER PRIMARY KEY, leaf BLOB NOT NULL, entry BLOB NOT NULL) STRICT")
    for table in ["payloads", "payload_keys", "tiles", "fingerprints", "head"] {
      try connection.execute("CREATE TABLE \(table) (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
    }
    let insertEntry = try connection.prepare("INSERT INTO entries VALUES (?1, ?2, ?3)")
    let inserts = try ["payloads", "payload_keys", "tiles", "fingerprints"].map {
      try connection.prepare("INSERT INTO \($0) VALUES (?1, ?2)")
    }
    let head = try connection.prepare("INSERT OR REPLACE INTO head VALUES (?1, ?2)")
    let (begin, commit) = (try connection.prepare("BEGIN IMMEDIATE"), try connection.prepare("COMMIT"))
    let leaf = [UInt8](repeating: 9, count: 32)
    let bytes = [UInt8](repeating: 1, count: entry)
    let record = [UInt8](repeating: 2, count: payload + 80)
    let key = [UInt8](repeating: 3, count: 64)
    let tile = [UInt8](repeating: 4, count: 8192)
    let bundle = [UInt8](repeating: 6, count: 2048)
    let note = [UInt8](repeating: 5, count: 220)
    let start = nanoseconds()
    var position: Int64 = 0
    while position < count {
      try begin.run()
      for _ in 0..<group {
        try leaf.withUnsafeBytes { try insertEntry.run(position, $0, bytes.span.bytes) }
        if payload > 0 {
          try inserts[0].run(position, record.span.bytes)
          try inserts[1].run(position, key.span.bytes)
        }
        if position % 256 == 255 {
          try inserts[2].run(position, tile.span.bytes)
          try inserts[3].run(position, bundle.span.bytes)
        }
        position += 1
      }
      try head.run(0, note.span.bytes)
      try commit.run()
    }
    return Double(nanoseconds() - start) / 1e9
  }

  private func lone() throws {
    for delay in [10, 0] { try lone(publishDelay: delay) }
  }

  private func lone(publishDelay: Int) throws {
    let synced = publishDelay == 0 ? "synced before each answer" : "synced within \(publishDelay) ms"
    print("\none append at a time, the published checkpoint \(synced), against one write and sync of 8 KB in turns")
    let ledger = try open("lone-\(publishDelay)") { $0.publishDelay = publishDelay }
    var appends: [Double] = []
    var plain: [Double] = []
    for round in 0..<20 {
      plain += try syncs(of: 8192, count: 50)
      appends += try blocking {
        var latencies: [Double] = []
        for number in 0..<50 {
          let start = nanoseconds()
          _ = try await ledger.append(draft(round * 50 + number))
          latencies.append(Double(nanoseconds() - start))
        }
        return latencies
      }
    }
    ledger.close()
    print("  \(pad("write and sync", 20)) \(spread(plain))")
    print("  \(pad("append", 20)) \(spread(appends))")
    if publishDelay > 0 {
      verdict("a lone append costs one sync and at most 0.2 ms", spread(appends).at(0.5) <= spread(plain).at(0.5) + 200)
    }
  }

  /// Appends that come at a steady rate of 25,000 a second, whether earlier ones are answered or not, from one event loop.
  private func halfLoad() throws {
    for delay in [10, 0] { try halfLoad(publishDelay: delay) }
    print("  \(pad("bare SQLite, the same arrivals", 32)) \(spread(try bareSteadily(count: 100_000)))")
  }

  private func halfLoad(publishDelay: Int) throws {
    let synced = publishDelay == 0 ? "synced before each answer" : "synced within \(publishDelay) ms"
    print("\n25,000 appends a second, evenly spread, the published checkpoint \(synced)")
    let loops = try EventLoopGroup(count: 1)
    defer { loops.stop() }
    let ledger = try open("half-\(publishDelay)") {
      $0.answering = { loops.gatheringWakeups($0) }
      $0.publishDelay = publishDelay
    }
    let count = 100_000
    let latencies = Latencies(count)
    let plain = try syncs(of: 65_536, count: 1000)
    let begun = nanoseconds() + 1_000_000
    let loop = loops.loops[0]
    Task(executorPreference: loop) {
      for number in 0..<count {
        let due = begun + UInt64(number) * 40_000
        // Other jobs of the loop run in between: it is a loop that has nothing else to do, and so never sleeps.
        while nanoseconds() < due { await Task.yield() }
        Task(executorPreference: loop) {
          guard (try? await ledger.append(draft(number))) != nil else { return latencies.note(number, 0) }
          latencies.note(number, nanoseconds() - due)
        }
      }
    }
    latencies.wait()
    ledger.close()
    print("  \(pad("write and sync, 64 KB", 32)) \(spread(plain))")
    print("  \(pad("append", 32)) \(spread(latencies.all))")
    if publishDelay > 0 {
      verdict("99 of 100 within 3 syncs", spread(latencies.all).at(0.99) <= 3 * spread(plain).at(0.5))
    }
  }

  /// What SQLite itself makes of the same arrivals: one thread that takes what is due, and writes it in one transaction.
  private func bareSteadily(count: Int, entry: Int = 1000) throws -> [Double] {
    let connection = try SQLiteConnection(path: root.appending(path: "bare-steady.db").path)
    try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 6144")
    try connection.execute("CREATE TABLE entries (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
    let insert = try connection.prepare("INSERT INTO entries VALUES (?1, ?2)")
    let (begin, commit) = (try connection.prepare("BEGIN IMMEDIATE"), try connection.prepare("COMMIT"))
    let bytes = [UInt8](repeating: 1, count: entry)
    var latencies: [Double] = []
    let begun = nanoseconds()
    while latencies.count < count {
      let first = latencies.count
      let due = min(count, Int((nanoseconds() - begun) / 40_000) + 1)
      guard due > first else { continue }
      try begin.run()
      for position in first..<due { try insert.run(Int64(position), bytes.span.bytes) }
      try commit.run()
      let now = nanoseconds()
      for position in first..<due { latencies.append(Double(now - begun - UInt64(position) * 40_000)) }
    }
    return latencies
  }

  // MARK: A large log

  private func million() throws {
    let name = "million"
    let writing = try open(name)
    let drafted = nanoseconds()
    try blocking {
      for start in stride(from: 0, to: entries, by: 1000) {
        _ = await writing.appendAll((start..<min(start + 1000, entries)).map { draft($0) })
      }
    }
    print("\na log of \(entries) entries, written in \((nanoseconds() - drafted) / 1_000_000) ms in batches of 1000")
    writing.close()
    var start = nanoseconds()
    let ledger = try open(name)
    let started = (nanoseconds() - start) / 1_000_000
    print("  \(pad("start", 40)) \(started) ms")
    verdict("starts in less than a second", started < 1000)
    var random = SystemRandomNumberGenerator()
    var samples: [Double] = []
    for _ in 0..<5000 {
      let index = UInt64.random(in: 0..<UInt64(entries), using: &random)
      start = nanoseconds()
      _ = try ledger.inclusionProof(index: index)
      samples.append(Double(nanoseconds() - start))
    }
    print("  \(pad("inclusion proof", 40)) \(spread(samples))")
    verdict("a proof in less than 50 µs", spread(samples).at(0.5) < 50)
    samples = []
    for _ in 0..<5000 {
      let index = UInt64.random(in: 0..<UInt64(entries), using: &random)
      start = nanoseconds()
      _ = try ledger.entry(at: index)
      samples.append(Double(nanoseconds() - start))
    }
    print("  \(pad("entry by index", 40)) \(spread(samples))")
    try queries(ledger)
    ledger.close()
    for threads in [1, 2] {
      start = nanoseconds()
      let report = try AuditVerifier.verify(dataFolder: root.appending(path: name).path, threads: threads)
      let seconds = Double(nanoseconds() - start) / 1e9
      let outcome = report.isFine ? "fine" : "\(report.faults)"
      print("  \(pad("verify, \(threads) threads", 40)) \(Int(Double(entries) / seconds)) entries/s, \(outcome)")
      if threads == 2 {
        verdict("verifies 500,000 entries a second", report.isFine && Double(entries) / seconds >= 5e5)
      }
    }
  }

  /// First pages of queries, once the projection has come to the end of the log.
  private func queries(_ ledger: Ledger) throws {
    let start = nanoseconds()
    while ledger.health.indexedTo < ledger.size { usleep(50_000) }
    print("  \(pad("projection, the rest of it", 40)) \((nanoseconds() - start) / 1_000_000) ms")
    var slowest = 0.0
    let questions: [(String, @Sendable (inout LedgerQuery) -> Void)] = [
      ("newest first, no filter", { _ in }), ("verdict (1 in 100)", { $0.verdict = "deny" }),
      ("actor (1 in 50)", { $0.actor = "service-7" }),
      (
        "actor and verdict (never together)",
        {
          $0.actor = "service-7"; $0.verdict = "deny"
        }
      ),
      (
        "subject (1 in 5000), oldest first",
        {
          $0.subject = "subject-77"; $0.order = .oldestFirst
        }
      ),
      ("words", { $0.text = "lazy fox" }),
      (
        "words and subject",
        {
          $0.text = "lazy fox"; $0.subject = "subject-78"
        }
      ),
      (
        "time range",
        {
          $0.from = "2020-01-01T00:00:00Z"; $0.to = "2100-01-01T00:00:00Z"
        }
      ),
    ]
    for (name, set) in questions {
      let samples = try blocking {
        var samples: [Double] = []
        for _ in 0..<30 {
          var query = LedgerQuery()
          set(&query)
          let start = nanoseconds()
          _ = try await ledger.query(query)
          samples.append(Double(nanoseconds() - start))
        }
        return samples
      }
      print("  \(pad("page: \(name)", 40)) \(spread(samples))")
      slowest = max(slowest, spread(samples).at(0.99))
    }
    verdict("every first page in less than 20 ms", slowest < 20_000)
  }
}

final class Answer<Value: Sendable>: Sendable {
  let value = Locked<Result<Value, any Error>?>(nil)
}

/// A latency for each append of a steady load, and the wait for all of them.
private final class Latencies: @unchecked Sendable {
  // Each place is written once, by the task of that number, before it signals; and read after the last signal.
  private let places: UnsafeMutableBufferPointer<UInt64>
  private let missing: Atomic<Int>
  private let done = DispatchSemaphore(value: 0)

  init(_ count: Int) {
    places = .allocate(capacity: count)
    missing = Atomic(count)
  }

  deinit { places.deallocate() }

  func note(_ number: Int, _ nanoseconds: UInt64) {
    places[number] = nanoseconds
    if missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done.signal() }
  }

  func wait() { done.wait() }

  var all: [Double] { places.filter { $0 > 0 }.map { Double($0) } }
}

private final class Counter: Sendable {
  private let value = Atomic(0)
  func take() -> Int { value.add(1, ordering: .relaxed).oldValue }
}

private func nanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

private func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }

/// Latencies in their order, in nanoseconds.
private struct Spread: CustomStringConvertible {
  private let sorted: [Double]

  init(_ nanoseconds: [Double]) { sorted = nanoseconds.sorted() }

  /// The latency that this part of them does not exceed, in microseconds.
  func at(_ part: Double) -> Double {
    sorted.isEmpty ? .infinity : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] / 1000
  }

  /// Median, 99th and 99.9th percentile and maximum.
  var description: String {
    String(format: "p50 %.1f  p99 %.1f  p99.9 %.1f  max %.1f µs", at(0.5), at(0.99), at(0.999), at(1))
  }
}

private func spread(_ nanoseconds: [Double]) -> Spread { Spread(nanoseconds) }

/// Runs async work to its end from a thread that may block.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
  let result = Answer<Value>()
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    do {
      let value = try await body()
      result.value.withLock { $0 = .success(value) }
    } catch {
      result.value.withLock { $0 = .failure(error) }
    }
    done.signal()
  }
  done.wait()
  return try result.value.withLock { $0 }.unsafelyUnwrapped.get()
}
