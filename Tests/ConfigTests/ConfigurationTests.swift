// Settings through their layers: what wins, what is refused and how it is told, secrets, reload, and the reference.
import Foundation
import JSON
import TestSupport
import Testing
import YAML

@testable import Config

private let listen = Setting<ListenAddress>(
  "listen", default: .tcp(host: "127.0.0.1", port: 8080), flag: "listen", "Where to listen.")
private let body = Setting<ByteSize>(
  "limits.body", default: .mebibytes(1), in: .range(.kibibytes(1) ... .mebibytes(64)), reloadable: true,
  "Largest request body that is read.")
private let idle = Setting<Duration>(
  "limits.time.idle", default: .seconds(60), in: .atLeast(.seconds(1)), reloadable: true,
  aliases: [EnvironmentAlias("IDLE_MILLISECONDS") { text throws(SettingProblem) in text + "ms" }],
  "How long a connection may be idle.")
private let batch = Setting<Int>("limits.batch", default: 100, in: .range(1...1000), unit: "cases", "Longest batch.")
private let redis = Setting<ServiceURL?>(
  "redis.url", default: nil, in: .some(.schemes("redis", "rediss")), flag: "redis", "The second level of the cache.")
private let key = Setting<Secret?>("tokens.key", default: nil, reloadable: true, "The key that signs tokens.")
private let issuers = Setting<[String]>("tokens.issuers", default: [], reloadable: true, "Issuers that are trusted.")
private let rates = Setting<[String: Int]>(
  "rates", default: [:], in: .each(.atLeast(1)), "Requests a second, by client.")
private let isDevelopment = Setting<Bool>("development", default: false, "Whether this is no place to care.")

private let schema = Schema(
  sections: [
    SettingSection("Server", "How it is reached.", [listen, isDevelopment]),
    SettingSection("Limits", "What is too much.", [body, idle, batch, rates]),
    SettingSection("Others", "Whom it calls.", [redis, key, issuers]),
  ], otherVariables: ["WITAN_CONFIG"], checks: [Schema.refuseWeak([key]) { $0[isDevelopment] }])

private let strong = "9f2c4e7a1b8d3056ce61fa7d20b94853"

private func sources(
  _ yaml: String = "", _ environment: [String: String] = [:], flags: [GivenFlag] = []
) -> ConfigurationSources {
  ConfigurationSources(
    file: ConfigurationSources.File(path: "witan.yaml", bytes: Array(yaml.utf8)), environment: environment,
    flags: flags,
    secrets: SecretReader(
      file: { path throws(SettingProblem) in
        guard path == "/run/key" else { throw SettingProblem("cannot read \(path)") }
        return strong
      },
      command: { words throws(SettingProblem) in words.joined(separator: "|") + strong }))
}

private func faults(_ sources: ConfigurationSources) -> [String] { schema.resolve(sources).findings.map(\.description) }

@Suite struct Layers {
  @Test func `without anything every setting has its default`() throws {
    let configuration = try schema.load(ConfigurationSources())
    #expect(configuration[listen] == .tcp(host: "127.0.0.1", port: 8080))
    #expect(configuration[redis] == nil)
    #expect(configuration.source(of: "listen").description == "default")
    #expect(schema.defects.isEmpty)
  }

  @Test func `flags win over environment, environment over file, file over defaults`() throws {
    let configuration = try schema.load(
      sources(
        "listen: 127.0.0.1:1\nlimits:\n  body: 2KiB\n  batch: 5\n  time: {idle: 2s}\n",
        ["WITAN_LISTEN": "127.0.0.1:2", "WITAN_LIMITS_BODY": "3KiB", "PATH": "/bin"],
        flags: [GivenFlag(name: "listen", text: "127.0.0.1:3")]))
    #expect(configuration[listen] == .tcp(host: "127.0.0.1", port: 3))
    #expect(configuration[body] == .kibibytes(3))
    #expect(configuration[batch] == 5)
    #expect(configuration[idle] == .seconds(2))
    #expect(configuration.source(of: "listen").description == "flag --listen")
    #expect(configuration.source(of: "limits.body").description == "environment WITAN_LIMITS_BODY")
    #expect(configuration.source(of: "limits.batch").description == "witan.yaml:4:10")
  }

  @Test func `an empty variable, an empty section and an empty file say nothing`() throws {
    let configuration = try schema.load(sources("limits:\nredis:\n  url:\n", ["WITAN_LISTEN": ""]))
    #expect(configuration[listen] == listen.defaultValue)
    _ = try schema.load(sources("# nothing\n"))
  }

  @Test func `a foreign variable is translated and stands below our own`() throws {
    #expect(try schema.load(sources("", ["IDLE_MILLISECONDS": "2500"]))[idle] == .milliseconds(2500))
    let both = ["IDLE_MILLISECONDS": "2500", "WITAN_LIMITS_TIME_IDLE": "9s"]
    #expect(try schema.load(sources("", both))[idle] == .seconds(9))
  }

  @Test func `lists and mappings come from YAML or from words`() throws {
    let yaml = try schema.load(sources("tokens: {issuers: [a, b]}\nrates: {x: 1, y: 2}"))
    #expect((yaml[issuers], yaml[rates]) == (["a", "b"], ["x": 1, "y": 2]))
    let words = try schema.load(sources("", ["WITAN_TOKENS_ISSUERS": "a,b", "WITAN_RATES": "x=1,y=2"]))
    #expect((words[issuers], words[rates]) == (["a", "b"], ["x": 1, "y": 2]))
  }
}

@Suite struct Faults {
  @Test func `everything wrong is told at once, with its line and the nearest name`() {
    let yaml = """
      lisen: 127.0.0.1:1
      limits:
        body: 1KB
        bach: 5
        time:
          idle: 30
          max: 1
      body: 3
      redis: redis://x
      tokens:
        issuers: [a, 5]
      rates: {x: 0}
      """
    let found = faults(
      sources(
        yaml, ["WITAN_LISTN": "x", "WITAN_LIMITS_BATCH": "many"], flags: [GivenFlag(name: "redis", text: "http://x")]))
    #expect(
      found == [
        "witan.yaml:1:1: there is no setting \"lisen\"; did you mean listen?",
        "witan.yaml:4:3: there is no setting \"limits.bach\"; did you mean limits.batch?",
        "witan.yaml:7:5: there is no setting \"limits.time.max\"",
        "witan.yaml:8:1: there is no setting \"body\"; did you mean limits.body?",
        "witan.yaml:9:8: redis is a section of settings, and here it is a string",
        "environment WITAN_LISTN: no setting has this variable; did you mean WITAN_LISTEN?",
        "witan.yaml:3:9: limits.body: 1kB is out of range: 1KiB to 64MiB",
        "witan.yaml:6:11: limits.time.idle: \"30\" has no unit: write 30s, 30ms, …",
        "environment WITAN_LIMITS_BATCH: limits.batch: \"many\" is not an integer",
        "witan.yaml:12:8: rates: {x: 0} is out of range: each at least 1",
        "flag --redis: redis.url: http://x is out of range: with the scheme redis or rediss",
        "witan.yaml:11:16: tokens.issuers: item 2: an integer where text is expected; put it in quotes if it is meant as text",
      ])
  }

  @Test func `a fault hidden by a higher layer is still a fault`() {
    #expect(
      faults(sources("limits: {batch: 0}", ["WITAN_LIMITS_BATCH": "5"]))
        == ["witan.yaml:1:17: limits.batch: 0 is out of range: 1 to 1000"])
  }

  @Test func `bad YAML, a doubled key and a wrong root are faults of the file`() {
    #expect(faults(sources("a: [")).first?.hasPrefix("witan.yaml:") == true)
    #expect(
      faults(sources("listen: :1\nlisten: :2")) == [
        "witan.yaml:2:1: the key \"listen\" was already given at line 1, column 1"
      ])
    #expect(faults(sources("- a")) == ["witan.yaml:1:1: a sequence where a mapping of settings is expected"])
    #expect(faults(sources("limits: {batch: }")) == ["witan.yaml:1:17: limits.batch: no value is given"])
  }

  @Test(arguments: [
    ("WITAN_SERVICE_HOST", "10.0.0.1"), ("WITAN_SERVICE_PORT_HTTP", "80"), ("WITAN_PORT", "tcp://10.0.0.1:80"),
    ("WITAN_PORT_8080_TCP_ADDR", "10.0.0.1"), ("WITAN_REDIS_PORT_6379_TCP", "tcp://1.2.3.4:6379"),
    ("WITAN_CONFIG", "x"),
  ])
  func `variables that an orchestrator sets for services of our name are not ours`(variable: String, text: String) {
    #expect(faults(sources("", [variable: text])).isEmpty)
  }

  @Test func `a setting's own variable is never taken for a service's`() {
    #expect(faults(sources("", ["WITAN_PORT": "8080"])).count == 1)
  }

  @Test func `a missing file that was named is refused, and one that was not named is no fault`() throws {
    let folder = try TemporaryFolder()
    let missing = folder.url.appending(path: "no.yaml").path
    #expect(throws: ConfigurationError.self) { try ConfigurationSources.gather(file: missing, environment: [:]) }
    #expect(throws: ConfigurationError.self) {
      try ConfigurationSources.gather(file: folder.url.path, environment: [:])
    }
    #expect(try ConfigurationSources.gather(file: nil, fallback: missing, environment: [:]).file == nil)
    try Data("listen: :1\n".utf8).write(to: URL(filePath: missing))
    #expect(try ConfigurationSources.gather(file: nil, fallback: missing, environment: [:]).file?.bytes.count == 11)
    #expect(try ConfigurationSources.gather(file: nil, environment: ["WITAN_CONFIG": missing]).file?.path == missing)
  }
}

@Suite struct Hostility {
  @Test func `a file that was mangled anyhow is refused in words or read, and its faults lie inside it`() {
    var generator = SeededGenerator(seed: 31)
    let reference = Array(schema.yamlReference.utf8)
    let signs = Array(":- #[]{}\"'\n\t&*!|>%@`,?0aé\u{0}".utf8)
    for _ in 0..<3000 {
      var bytes = reference
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = signs.randomElement(using: &generator) ?? 0
        case 1: bytes.remove(at: place)
        default: bytes.insert(signs.randomElement(using: &generator) ?? 0, at: place)
        }
      }
      let lines = bytes.count { $0 == 0x0A } + 2
      let file = ConfigurationSources.File(path: "w", bytes: bytes)
      for finding in schema.resolve(ConfigurationSources(file: file, secrets: sources().secrets)).findings {
        #expect(!finding.message.isEmpty)
        if case .file(_, let position) = finding.source.layer { #expect((1...lines).contains(position.line)) }
      }
    }
  }

  @Test func `no variable and no flag brings the reading down`() {
    var generator = SeededGenerator(seed: 32)
    let signs = Array("[]{},=: \"'-_.0129amsKiBé\u{7}")
    for setting in schema.settings {
      for _ in 0..<300 {
        let text = String(
          (0..<Int.random(in: 0..<12, using: &generator)).map { _ in signs.randomElement(using: &generator) ?? "a" })
        let variable = schema.variable(for: setting.name)
        for finding in schema.resolve(sources("", [variable: text])).findings { #expect(!finding.message.isEmpty) }
      }
    }
  }
}

@Suite struct Secrets {
  @Test(arguments: [
    ("tokens: {key: \(strong)}", [:], "witan.yaml:1:15"),
    ("tokens: {key_file: /run/key}", [:], "witan.yaml:1:20, from the file /run/key"),
    ("tokens: {key_command: [/bin/get, a b]}", [:], "witan.yaml:1:23, from the command /bin/get"),
    ("", ["WITAN_TOKENS_KEY": strong], "environment WITAN_TOKENS_KEY"),
    ("", ["WITAN_TOKENS_KEY_FILE": "/run/key"], "environment WITAN_TOKENS_KEY_FILE, from the file /run/key"),
    ("", ["WITAN_TOKENS_KEY_COMMAND": "/bin/get x"], "environment WITAN_TOKENS_KEY_COMMAND, from the command /bin/get"),
  ])
  func `a secret comes from its value, a file or a command`(
    yaml: String, environment: [String: String], source: String
  ) throws {
    let configuration = try schema.load(sources(yaml, environment))
    #expect(configuration[key]?.reveal().hasSuffix(strong) == true)
    #expect(configuration.source(of: "tokens.key").description == source)
  }

  @Test func `words of a command stay as they are`() throws {
    #expect(
      try schema.load(sources("tokens: {key_command: [/bin/get, \"$(a) b\"]}"))[key]?.reveal() == "/bin/get|$(a) b"
        + strong)
  }

  @Test func `a secret given twice in one layer is refused, and a hidden one is not fetched`() throws {
    #expect(
      faults(sources("tokens: {key: x, key_file: /run/key}"))
        == ["witan.yaml:1:28: tokens.key: the secret is given in two ways at once"])
    let hidden = try schema.load(sources("tokens: {key_file: /nowhere}", ["WITAN_TOKENS_KEY": strong]))
    #expect(hidden[key]?.reveal() == strong)
    #expect(
      faults(sources("tokens: {key_file: /nowhere}")) == ["witan.yaml:1:20: tokens.key: cannot read /nowhere"])
  }

  @Test func `no report shows a secret`() throws {
    let resolution = schema.resolve(
      sources("tokens: {key: \(strong)}", ["WITAN_REDIS_URL": "redis://u:\(strong)@h/"]))
    let report = CheckReport(resolution, schema: schema)
    #expect(!report.text.contains(strong))
    #expect(report.text.contains("redis://u:********@h/"))
    for bad in [
      "tokens: {key: [\(strong)]}", "redis: {url: \"redis://u:\(strong) @h\"}",
      "redis: {url: \"http://u:\(strong)@h\"}",
    ] {
      #expect(!faults(sources(bad)).isEmpty)
      #expect(!faults(sources(bad)).joined().contains(strong))
    }
  }

  @Test func `a weak key is refused outside development`() throws {
    #expect(
      faults(sources("tokens: {key: changeme}"))
        == [
          "witan.yaml:1:15: tokens.key: the key is too weak outside development: "
            + "it contains a word from examples and defaults"
        ])
    #expect(try schema.load(sources("tokens: {key: changeme}\ndevelopment: true"))[key]?.reveal() == "changeme")
  }

  @Test func `a command runs without a shell, within its time and bounds`() throws {
    #expect(try SecretReader.system.command(["/bin/echo", "$HOME; x"]) == "$HOME; x")
    func message(_ words: [String]) -> String? {
      #expect(throws: SettingProblem.self) { try SecretCommand.run(words, timeLimit: .milliseconds(500)) }?.message
    }
    #expect(message(["echo", "x"]) == "a command begins with the absolute path of a program")
    #expect(message(["/nowhere/x"]) == "cannot run /nowhere/x: No such file or directory")
    #expect(message(["/bin/sh", "-c", "echo s3cret; exit 3"]) == "/bin/sh ended with status 3")
    #expect(message(["/bin/sh", "-c", "kill -9 $$"]) == "/bin/sh was ended by signal 9")
    #expect(message(["/bin/sleep", "60"]) == "/bin/sleep did not end within 500ms")
    #expect(message(["/bin/true"]) == "the command /bin/true gives nothing")
    #expect(message(["/bin/cat", "/dev/zero"]) == "the command /bin/cat gives more than 65536 bytes")
  }

  @Test func `a file is read whole, without its last line end, and only if it is one`() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "key").path
    func message(_ bytes: [UInt8]) throws -> String? {
      try Data(bytes).write(to: URL(filePath: file))
      return #expect(throws: SettingProblem.self) { try SecretReader.system.file(file) }?.message
    }
    #expect(try message([]) == "the file \(file) gives nothing")
    #expect(try message([0xFF]) == "the file \(file) gives no UTF-8")
    #expect(try message([UInt8](repeating: 0x61, count: 65_537)) == "\(file) has more than 65536 bytes")
    try Data(" a\nb \r\n".utf8).write(to: URL(filePath: file))
    #expect(try SecretReader.system.file(file) == " a\nb ")
    #expect(throws: SettingProblem.self) { try SecretReader.system.file(folder.url.path) }
    #expect(throws: SettingProblem.self) { try SecretReader.system.file("/dev/zero") }
  }
}

@Suite struct Reloading {
  @Test func `what can change changes, and the rest is named`() throws {
    let live = LiveConfiguration(schema: schema, initial: try schema.load(sources("limits: {body: 2KiB}")))
    let outcome = try live.reload(sources("limits: {body: 3KiB, batch: 7}\ntokens: {key: \(strong)}"))
    #expect(
      outcome.applied.map(\.description) == [
        "limits.body: 2KiB → 3KiB (witan.yaml:1:16)", "tokens.key: null → ******** (witan.yaml:2:15)",
      ])
    #expect(outcome.needRestart.map(\.name) == ["limits.batch"])
    #expect(live.current[body] == .kibibytes(3))
    #expect(live.current[batch] == 100)
    // Until the restart it is said again.
    #expect(try live.reload(sources("limits: {body: 3KiB, batch: 7}")).needRestart.map(\.name) == ["limits.batch"])
  }

  @Test func `a bad file leaves the old one in force`() throws {
    let live = LiveConfiguration(schema: schema, initial: try schema.load(sources("limits: {body: 2KiB}")))
    #expect(throws: ConfigurationError.self) { try live.reload(sources("limits: {body: 3KiB, batch: 0}")) }
    #expect(throws: ConfigurationError.self) { try live.reload(sources("limits: {body: 3KiB")) }
    #expect(live.current[body] == .kibibytes(2))
  }
}

@Suite struct Reports {
  @Test func `a check shows each setting, its value and its source, then the faults`() {
    let resolution = schema.resolve(sources("limits: {body: 2KiB, batch: 0}", ["WITAN_LISTEN": ":1"]))
    let report = CheckReport(resolution, schema: schema)
    #expect(report.rows.map(\.name) == schema.settings.map(\.name))
    #expect(report.text.contains("listen            :1         environment WITAN_LISTEN\n"))
    #expect(report.text.contains("limits.body       2KiB       witan.yaml:1:16\n"))
    #expect(report.text.contains("limits.batch      (refused)\n"))
    #expect(report.text.hasSuffix("\nwitan.yaml:1:29: limits.batch: 0 is out of range: 1 to 1000\n1 fault\n"))
  }

  @Test func `a check for programs says the same in JSON`() {
    let report = CheckReport(schema.resolve(sources("limits: {batch: 0}")), schema: schema)
    let json = String(decoding: report.jsonBytes, as: UTF8.self)
    #expect(json.contains(#"{"name":"limits.body","value":"1MiB","source":"default","reloadable":true}"#))
    #expect(
      json.hasSuffix(
        #""faults":[{"place":"witan.yaml:1:17","setting":"limits.batch","message":"0 is out of range: 1 to 1000"}]}"#))
  }

  @Test func `the reference as YAML is a configuration of defaults`() throws {
    let text = schema.yamlReference
    let resolution = schema.resolve(sources(text))
    #expect(resolution.findings.isEmpty)
    for setting in schema.settings {
      #expect(
        resolution.configuration.entries[setting.name].map { setting.areEqual($0.value, setting.builtIn) } == true)
      #expect(resolution.configuration.source(of: setting.name).description.hasPrefix("witan.yaml"))
      #expect(text.contains("`\(schema.variable(for: setting.name))`"))
    }
  }

  @Test func `the reference as Markdown has a row for each setting`() {
    let text = schema.markdownReference
    #expect(
      text.contains(
        "| `limits.body` | size such as 512B, 64KiB or 1MB | `1MiB` | 1KiB to 64MiB | yes | "
          + "Largest request body that is read. Variable `WITAN_LIMITS_BODY`. |\n"))
    #expect(text.contains("also from `tokens.key_file` or `tokens.key_command`"))
    #expect(text.split(separator: "\n").count { $0.hasPrefix("| `") } == schema.settings.count)
  }

  @Test func `declarations that contradict each other are found`() {
    let bad = Schema(sections: [
      SettingSection(
        "X", "Y.",
        [
          Setting<Int>("a.b", default: 0, in: .atLeast(1), "S."), Setting<Int>("a_b", default: 0, "No sentence"),
          Setting<Int>("a", default: 0, "S."), Setting<Secret?>("k", default: Secret("x"), "S."),
          Setting<Int>("k_file", default: 0, "S."), Setting<Int>("Big", default: 0, "S."),
        ])
    ])
    #expect(
      bad.defects == [
        "a.b: its default is out of range", "WITAN_A_B: both a.b and a_b", "a_b: its summary is no sentence",
        "a: both a setting and a section", "k: a secret has no default", "k_file: both k and k_file",
        "WITAN_K_FILE: both k and k_file", "Big: a name has lower-case letters, digits, points and underscores",
      ])
  }

  @Test func `flags of settings become options of the command`() throws {
    let command = Command("serve", "Serves.", options: schema.flagOptions) { _ in .fine }
    guard case .run(_, let invocation) = try command.parse(["--redis=redis://h"]) else { return }
    #expect(invocation.givenFlags(of: schema) == [GivenFlag(name: "redis", text: "redis://h")])
    let error = #expect(throws: UsageError.self) { try command.parse(["--listen", "x"]) }
    #expect(error?.message.hasPrefix("--listen: \"x\" is not an address") == true)
    #expect(error?.usage == "serve [--listen HOST:PORT] [--redis URL]")
  }
}
