// The manuals are held to the program: what they list is what there is, neither less nor more.
import Foundation
import TestSupport
import Testing

@Suite("The manuals")
struct ManualTests {
  private static let root = Fixtures.packageRoot
  private static func text(_ name: String) throws -> String {
    try String(contentsOf: root.appending(path: name), encoding: .utf8)
  }

  /// What stands between a heading and the next one of the same rank.
  private static func section(_ heading: String, of text: String) throws -> Substring {
    let start = try #require(text.range(of: "\n## \(heading)\n"), "\(heading)")
    let rest = text[start.upperBound...]
    return rest[..<(rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex)]
  }

  /// The words in backquotes in the first cell of each row.
  private static func firstCells(_ section: Substring) -> [String] {
    section.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { row in
      row.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
    }
  }

  private static var sources: [(path: String, text: String)] {
    get throws {
      let folder = root.appending(path: "Sources")
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      var sources: [(String, String)] = []
      while let file = files?.nextObject() as? URL {
        guard file.pathExtension == "swift" else { continue }
        let lines = try String(contentsOf: file, encoding: .utf8).split(
          separator: "\n", omittingEmptySubsequences: false)
        let code = lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
        sources.append((file.path, code))
      }
      return sources
    }
  }

  /// The metrics of a running server that has all that there can be, as `name type`, counters without `_total`.
  private func metrics() async throws -> Set<String> {
    let redis = try await RedisServer()
    let server = try await WitanServer(
      ["--redis", redis.url],
      environment: [
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "WITAN_OUTGOING_ALLOW_LOOPBACK": "true",
      ])
    let text = try server.call("GET", "/metrics").text
    return Set(
      text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { line in
        let words = line.split(separator: " ")
        return "\(words[2].replacing(/_total$/, with: "")) \(words[3])"
      })
  }

  @Test("tell of every metric with its type, and of no other")
  func everyMetric() async throws {
    let rows = try Self.section("Metrics", of: Self.text("docs/operations.md")).split(separator: "\n")
    let told = rows.filter { $0.hasPrefix("| `") }.map { row in
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return cells[0].replacing("`", with: "") + " " + cells[1]
    }
    #expect(told.count > 40 && Set(told).count == told.count)
    let there = try await metrics()
    #expect(there.subtracting(told).sorted() == [], "not in docs/operations.md")
    #expect(Set(told).subtracting(there).sorted() == [], "only in docs/operations.md")
  }

  @Test("tell of every event of the log, with its level, and of no other")
  func everyEvent() throws {
    var found: [String: Set<String>] = [:]
    for source in try Self.sources {
      for match in source.text.matches(of: /\.(debug|info|warning|error)\(\s*"([a-z_]+\.[a-z_]+)"/) {
        found[String(match.2), default: []].insert(String(match.1))
      }
      // What has failed is an error.
      for match in source.text.matches(of: /\.failed\(\s*"([a-z_]+\.[a-z_]+)"/) {
        found[String(match.1), default: []].insert("error")
      }
      for match in source.text.matches(of: /level: \.([a-z]+), component: "[a-z]+", event: "([a-z_]+\.[a-z_]+)"/) {
        found[String(match.2), default: []].insert(String(match.1))
      }
    }
    #expect(found.count > 15)
    let section = try Self.section("Log events", of: Self.text("docs/operations.md"))
    var told: [String: Set<String>] = [:]
    for row in section.split(separator: "\n") where row.hasPrefix("| `") {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      told[cells[0].replacing("`", with: "")] = [cells[1]]
    }
    for event in Set(found.keys).union(told.keys).sorted() { #expect(found[event] == told[event], "\(event)") }
  }

  @Test("tell of every alert that is written to the log, and of no other")
  func everyAlert() throws {
    let found = try Self.sources.flatMap { source in
      source.text.matches(of: /\bAlert\(\s*"([a-z_]+)"/).map { String($0.1) }
    }
    let told = Self.firstCells(try Self.section("Alerts in the log", of: Self.text("docs/operations.md")))
    #expect(Set(found) == Set(told) && !told.isEmpty)
  }

  @Test("tell of every alert of Prometheus with its severity, and each leads to a section")
  func everyRule() throws {
    let rules = try Self.text("deploy/prometheus/alerts.yaml")
    let manual = try Self.text("docs/operations.md")
    var told: [String: String] = [:]
    for row in try Self.section("Alerts of Prometheus", of: manual).split(separator: "\n") where row.hasPrefix("| `") {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      for name in cells[0].matches(of: /`([^`]+)`/) { told[String(name.1)] = cells[1] }
    }
    var found: [String: String] = [:]
    let blocks = rules.components(separatedBy: "- alert: ").dropFirst()
    let anchors = Self.anchors(manual)
    for block in blocks {
      let name = String(block.prefix { $0 != "\n" })
      found[name] = try String(#require(block.firstMatch(of: /severity: ([a-z]+)/)).1)
      let anchor = try String(#require(block.firstMatch(of: /runbook: docs\/operations\.md#(\S+)/)).1)
      #expect(anchors.contains(anchor), "\(name): \(anchor)")
    }
    #expect(found == told && found.count > 10)
  }

  @Test("the reference of the configuration is the one that the program prints, and its YAML is a configuration")
  func configuration() async throws {
    let page = try RunningProcess("witan", ["config", "reference", "--markdown"])
    #expect(try await page.waitForExit() == 0)
    #expect(
      page.standardOutput == (try Self.text("docs/configuration.md")),
      "run: witan config reference --markdown > docs/configuration.md")
    let folder = try TemporaryFolder()
    let yaml = try RunningProcess("witan", ["config", "reference"])
    #expect(try await yaml.waitForExit() == 0)
    try Data(yaml.standardOutput.utf8).write(to: folder.file("witan.yaml"))
    let check = try RunningProcess("witan", ["config", "check", folder.file("witan.yaml").path])
    #expect(try await check.waitForExit() == 0, "\(check.standardOutput)")
  }

  @Test("rules and dashboard ask for metrics that there are")
  func asked() async throws {
    let there = Set(try await metrics().map { $0.prefix { $0 != " " } })
    for name in ["deploy/prometheus/alerts.yaml", "deploy/grafana/witan.json"] {
      let text = try Self.text(name)
      let asked = Set(text.matches(of: /\b(?:witan|process|telemetry)_[a-z_]+/).map { String($0.0) })
      #expect(asked.count > 10)
      for metric in asked {
        let bare = metric.replacing(/_(total|bucket|sum|count)$/, with: "")
        #expect(there.contains(Substring(metric)) || there.contains(bare[...]), "\(name): \(metric)")
      }
    }
  }

  /// What GitHub and kin make of headings.
  private static func anchors(_ text: String) -> Set<String> {
    Set(
      text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
        line.drop { $0 == "#" || $0 == " " }.lowercased().filter {
          $0.isLetter || $0.isNumber || $0 == " " || $0 == "-"
        }
        .replacing(" ", with: "-")
      })
  }

  @Test("lead only to pages and sections that there are")
  func links() throws {
    let docs = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "docs").path)
    for name in docs.filter({ $0.hasSuffix(".md") }).map({ "docs/\($0)" }) + ["README.md"] {
      let text = try Self.text(name)
      for link in text.matches(of: /\]\(([^)\s]+)\)/).map({ String($0.1) }) where !link.contains("://") {
        let parts = link.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        let file =
          parts[0].isEmpty
          ? name
          : URL(filePath: "/\(name)").deletingLastPathComponent()
            .appending(path: parts[0]).standardized.path
        let there = Self.root.appending(path: file)
        #expect(FileManager.default.fileExists(atPath: there.path), "\(name): \(link)")
        guard parts.count > 1, file.hasSuffix(".md") else { continue }
        #expect(Self.anchors(try String(contentsOf: there, encoding: .utf8)).contains(parts[1]), "\(name): \(link)")
      }
    }
  }
}

@Suite("What is deployed")
struct DeployTests {
  private static let tool = Fixtures.packageRoot.appending(path: "Tools/check-deploy").path

  @Test("is fine by the linter or schema of each format")
  func isFine() async throws {
    let check = try RunningProcess(path: Self.tool, [])
    #expect(try await check.waitForExit(within: .seconds(300)) == 0, "\(check.standardOutput)")
    let lines = check.standardOutput.split(separator: "\n")
    for line in lines where !line.hasPrefix("fine") {
      FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
    // These come with Debian, so there is no way round them.
    for name in ["systemd: exposure", "Prometheus: rules", "Prometheus: unit tests", "Grafana: expressions"] {
      #expect(lines.contains { $0.hasPrefix("fine     \(name)") }, "\(name)")
    }
  }

  @Test("the drill loses a service and gets all of it back, and practises on a running one without touching it")
  func drill() async throws {
    let drill = Fixtures.packageRoot.appending(path: "deploy/drill").path
    let witan = RunningProcess.buildFolder.appending(path: "witan").path
    let lost = try RunningProcess(path: drill, ["--witan", witan])
    #expect(try await lost.waitForExit(within: .seconds(240)) == 0, "\(lost.standardError)\(lost.standardOutput)")
    for line in [
      "its folder destroyed", "byte for byte", "still holds", "the log goes on", "what was restored is what was lost",
    ] {
      #expect(lost.standardOutput.contains(line), "\(lost.standardOutput)")
    }
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    _ = try server.call("POST", "/v1/deliberations", token: token, body: #"{"action": "water the plants"}"#)
    let before = try server.call("GET", "/audit/checkpoint").text
    let running = try RunningProcess(path: drill, ["--witan", witan, "--data", server.folder.path])
    #expect(try await running.waitForExit(within: .seconds(240)) == 0, "\(running.standardError)")
    #expect(try server.call("GET", "/audit/checkpoint").text == before)
    #expect(try await server.stop() == 0)
  }

  @Test("the drill says what is wrong where a backup is not what was lost")
  func failingDrill() async throws {
    let folder = try TemporaryFolder()
    // A program that does everything right, but for one byte of what it restores.
    let forger = """
      #!/bin/bash
      witan="\(RunningProcess.buildFolder.appending(path: "witan").path)"
      # A server has to be the process that is killed.
      [ "$1" = restore ] || exec "$witan" "$@"
      "$witan" "$@" || exit $?
      /usr/bin/python3 - "$4/ledger.db" <<'PYTHON'
      import sqlite3, sys
      database = sqlite3.connect(sys.argv[1])
      row, value = database.execute("select rowid, entry from entries order by rowid desc limit 1").fetchone()
      value = bytes(value)
      database.execute("update entries set entry = ? where rowid = ?", (value[:20] + bytes([value[20] ^ 1]) + value[21:], row))
      database.commit()
      PYTHON
      """
    let program = folder.file("witan")
    try Data(forger.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program.path)
    let drill = try RunningProcess(
      path: Fixtures.packageRoot.appending(path: "deploy/drill").path, ["--witan", program.path])
    let status = try await drill.waitForExit(within: .seconds(240))
    #expect(status == 1, "\(status): \(drill.standardOutput)\(drill.standardError)")
    #expect(drill.standardError.contains("drill: "), "\(drill.standardError)")
    #expect(!drill.standardOutput.contains("done"))
  }
}
