// The command line: what is understood, what is refused and how, and the help text.
import Testing

@testable import Config

private let listen = Option<ListenAddress>("listen", value: "HOST:PORT", "Where to listen.")
private let json = Flag("json", "Print JSON.")
private let roles = RepeatedOption<String>("role", value: "ROLE", required: true, "A role that the token carries.")
private let lifetime = Option<Duration>("ttl", value: "DURATION", "How long the token is valid.")
private let algorithms = RepeatedOption<String>("alg", value: "ALG", "An algorithm to accept.")
private let data = Option<FilePath>("data", value: "DIR", "The data folder.")
private let export = Option<FilePath>("export", value: "FILE", "An export.")

private let program = Command(
  "witan", "A council for machine decisions.",
  commands: [
    Command("serve", "Serves.", options: [listen.declaration, data.declaration]) { _ in .fine },
    Command(
      "token", "Tokens.",
      commands: [
        Command("create", "Makes a token.", options: [roles.declaration, lifetime.declaration]) { _ in .fine },
        Command(
          "verify", "Checks a token.", options: [algorithms.declaration, json.declaration],
          operands: [Operand("TOKEN", "The token.")]
        ) { _ in .foundWrong },
      ]),
    Command(
      "audit", "Verifies.", options: [data.declaration, export.declaration],
      operands: [Operand("INDEX", count: .any, "Entries.")], exclusive: [["data", "export"]]
    ) { _ in .fine },
  ])

private func invocation(_ line: String) throws -> Invocation {
  guard case .run(_, let invocation) = try program.parse(line.split(separator: " ").map(String.init)) else {
    throw UsageError("help instead")
  }
  return invocation
}

private func refusal(_ line: String) -> String? {
  #expect(throws: UsageError.self) { try program.parse(line.split(separator: " ").map(String.init)) }?.message
}

@Suite struct CommandLineParsing {
  @Test func `options are read by type, in either spelling and any order`() throws {
    #expect(try invocation("serve")[listen] == nil)
    #expect(try invocation("serve --listen 127.0.0.1:0")[listen] == .tcp(host: "127.0.0.1", port: 0))
    #expect(try invocation("serve --listen=:80 --data x")[listen] == .tcp(host: "", port: 80))
    let verify = try invocation("token verify abc --json --alg EdDSA")
    #expect(verify.path == ["token", "verify"])
    #expect(verify.operands == ["abc"])
    #expect(verify[json])
    #expect(verify[algorithms] == ["EdDSA"])
  }

  @Test(arguments: ["--role a --role b", "--role a,b", "--role a b", "--role=a --role=b", "--role a b --ttl 1h"])
  func `a repeated option may be given in each usual way`(line: String) throws {
    #expect(try invocation("token create \(line)")[roles] == ["a", "b"])
  }

  @Test func `words behind a repeated option are its values only when no operand needs them`() throws {
    let several = try invocation("token verify --alg EdDSA ES256 abc")
    #expect((several[algorithms], several.operands) == (["EdDSA", "ES256"], ["abc"]))
    let one = try invocation("token verify --alg EdDSA abc")
    #expect((one[algorithms], one.operands) == (["EdDSA"], ["abc"]))
  }

  @Test func `two dashes end the options and one dash is an operand`() throws {
    #expect(try invocation("audit - -- --data --help").operands == ["-", "--data", "--help"])
    #expect(try invocation("token verify -- -x").operands == ["-x"])
  }

  @Test(arguments: [
    ("serv", "there is no command \"serv\"; did you mean serve?"),
    ("unheard", "there is no command \"unheard\"; there is: serve, token, audit"),
    ("", "which command? serve, token, audit"), ("token", "which command? create, verify"),
    ("--json serve", "--json comes before the command; options follow it"),
    ("serve --lisen :80", "there is no option --lisen; did you mean --listen?"),
    ("serve --listen", "--listen needs a value: --listen HOST:PORT"),
    ("serve --listen --data x", "--listen needs a value: --listen HOST:PORT"),
    ("serve --data a --data b", "--data is given twice"),
    ("token verify --json=1 x", "--json takes no value"), ("token verify", "TOKEN is missing"),
    ("token verify a b", "\"b\" is one word too many"), ("token create", "--role is missing"),
    ("token create --role a --ttl 30", "--ttl: \"30\" is not a duration such as 250ms, 30s, 5m or 1h30m"),
    ("audit --data a --export b", "--data and --export cannot be given together"),
    ("serve -l x", "there is no option \"-l\"; options begin with two dashes, and -- ends them"),
  ])
  func `bad usage is refused in words`(line: String, message: String) { #expect(refusal(line) == message) }

  @Test func `help is made from the declarations`() async {
    var shown = ""
    for line in ["token create --help", "help token create", "token create -h --role"] {
      shown = ""
      let status = await program.main(line.split(separator: " ").map(String.init), output: { shown += $0 })
      #expect(status == 0)
      #expect(shown.contains("usage: witan token create --role ROLE… [--ttl DURATION]\n"))
      #expect(shown.contains("  --ttl DURATION  How long the token is valid.\n"))
    }
    shown = ""
    _ = await program.main(["--help"], output: { shown += $0 })
    #expect(shown.contains("  serve  Serves.\n") && shown.contains("witan COMMAND --help"))
  }

  @Test func `the exit status tells fine, wrong and misused apart`() async {
    var complaints = ""
    #expect(await program.main(["serve"]) == 0)
    #expect(await program.main(["token", "verify", "x"]) == 1)
    #expect(await program.main(["token", "verify"], complaints: { complaints += $0 }) == 2)
    #expect(complaints == "witan: TOKEN is missing\nusage: witan token verify [--alg ALG…] [--json] TOKEN\n")
  }
}
