// `witan-bench [SUITE…]`: runs the named suites, or all of them. Each suite lives in a file of its own.

struct Suite: Sendable {
  let name: String
  let run: @Sendable () throws -> Void
}

@main
enum Main {
  static let suites: [Suite] = [
    .critics,
    .crypto,
    .engine,
    .evidence,
    .http,
    .json,
    .ledger,
    .service,
    .sharing,
    .telemetry,
    .tokens,
  ]

  static func main() throws {
    let wanted = Set(CommandLine.arguments.dropFirst())
    for suite in suites where wanted.isEmpty || wanted.contains(suite.name) { try suite.run() }
  }
}
