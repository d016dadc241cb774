// The ledger: durable signed appends against bare SQLite with the same rows and groups, and against one sync of the disk;
// proofs, queries, starting and verifying at a million entries (WITAN_BENCH_ENTRIES for another number).
import Crypto
import Foundation
import Glibc
import Ledger
import Locking
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
      ("sync", sync), ("appends", appends), ("lone", lone), ("half", halfLoad), ("million", million),
    ]
    let wanted = ProcessInfo.processInfo.environment["WITAN_BENCH_PART"]
    for (name, part) in parts where wanted == nil || wanted == name { try part() }
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

  private func appends() throws {
    print("\ndurable signed appends, 256 waiting writers")
    for payload in [0, 1024] {
      let count = 150_000
      let ledger = try open("appends-\(payload)")
      let next = Counter()
      let start = nanoseconds()
      let latencies = try blocking {
        await withTaskGroup(of: [Double].self) { group in
          for _ in 0..<256 {
            group.addTask {
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
      ledger.close()
      print(
        "  \(pad("entries of \(size) B, payloads of \(payload) B", 40)) \(Int(Double(latencies.count) / seconds)) /s   \(spread(latencies))"
      )
      for group in [128, 256] {
        let bare = try bareSQLite(count: count, entry: size, payload: payload, group: group)
        print("  \(pad("  bare SQLite, groups of \(group)", 40)) \(Int(Double(count) / bare)) /s")
      }
    }
  }

  /// The same rows into the same tables, with nothing else done: the seconds that it takes.
  private func bareSQLite(count: Int, entry: Int, payload: Int, group: Int) throws -> Double {
    let path = root.appending(path: "bare-\(payload)-\(group).db").path
    let connection = try SQLiteConnection(path: path)
    try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384")
    try connection.execute("PRAGMA cache_size = -32768")
    for table in ["entries", "payloads", "payload_keys", "tiles", "head"] {
      try connection.execute("CREATE TABLE \(table) (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
    }
    let inserts = try ["entries", "payloads", "payload_keys", "tiles"].map {
      try connection.prepare("INSERT INTO \($0) VALUES (?1, ?2)")
    }
    let head = try connection.prepare("INSERT OR REPLACE INTO head VALUES (?1, ?2)")
    let bytes = [UInt8](repeating: 1, count: entry)
    let record = [UInt8](repeating: 2, count: payload + 80)
    let key = [UInt8](repeating: 3, count: 64)
    let tile = [UInt8](repeating: 4, count: 8192)
    let note = [UInt8](repeating: 5, count: 220)
    let start = nanoseconds()
    var position: Int64 = 0
    while position < count {
      try connection.execute("BEGIN IMMEDIATE")
      for _ in 0..<group {
        try inserts[0].run(position, bytes.span.bytes)
        if payload > 0 {
          try inserts[1].run(position, record.span.bytes)
          try inserts[2].run(position, key.span.bytes)
        }
        if position % 256 == 255 { try inserts[3].run(position, tile.span.bytes) }
        position += 1
      }
      try head.run(0, note.span.bytes)
      try connection.execute("COMMIT")
    }
    return Double(nanoseconds() - start) / 1e9
  }

  private func lone() throws {
    print("\none append at a time, against one write and sync of 8 KB in turns")
    let ledger = try open("lone")
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
  }

  /// Appends that come at a steady rate of 25,000 a second, whether earlier ones are answered or not.
  private func halfLoad() throws {
    print("\n25,000 appends a second, evenly spread")
    let ledger = try open("half")
    let plain = try syncs(of: 65_536, count: 300)
    let latencies: [Double] = try blocking {
      await withTaskGroup(of: Double?.self) { group in
        let start = nanoseconds()
        for number in 0..<75_000 {
          let due = start + UInt64(number) * 40_000
          while nanoseconds() < due {
            if due > nanoseconds() + 100_000 { usleep(50) } else { await Task.yield() }
          }
          group.addTask {
            (try? await ledger.append(draft(number))).map { _ in Double(nanoseconds() - due) }
          }
        }
        return await group.reduce(into: [Double]()) { if let latency = $1 { $0.append(latency) } }
      }
    }
    ledger.close()
    print("  \(pad("write and sync, 64 KB", 24)) \(spread(plain))")
    print("  \(pad("append", 24)) \(spread(latencies)) (\(latencies.count) answered)")
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
    print("  \(pad("start", 40)) \((nanoseconds() - start) / 1_000_000) ms")
    var random = SystemRandomNumberGenerator()
    var samples: [Double] = []
    for _ in 0..<5000 {
      let index = UInt64.random(in: 0..<UInt64(entries), using: &random)
      start = nanoseconds()
      _ = try ledger.inclusionProof(index: index)
      samples.append(Double(nanoseconds() - start))
    }
    print("  \(pad("inclusion proof", 40)) \(spread(samples))")
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
      let verdict = report.isFine ? "fine" : "\(report.faults)"
      print("  \(pad("verify, \(threads) threads", 40)) \(Int(Double(entries) / seconds)) entries/s, \(verdict)")
    }
  }

  /// First pages of queries, once the projection has come to the end of the log.
  private func queries(_ ledger: Ledger) throws {
    let start = nanoseconds()
    while ledger.health.indexedTo < ledger.size { usleep(50_000) }
    print("  \(pad("projection, the rest of it", 40)) \((nanoseconds() - start) / 1_000_000) ms")
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
    }
  }
}

private final class Answer<Value: Sendable>: Sendable {
  let value = Locked<Result<Value, any Error>?>(nil)
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

/// Median, 99th percentile and maximum in microseconds.
private func spread(_ nanoseconds: [Double]) -> String {
  let sorted = nanoseconds.sorted()
  guard let last = sorted.last else { return "nothing" }
  func at(_ part: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] / 1000 }
  return String(format: "p50 %8.1f µs  p99 %8.1f µs  max %8.1f µs", at(0.5), at(0.99), last / 1000)
}

/// Runs async work to its end from a thread that may block.
private func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
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
