// What telemetry costs a request: a line redacted, and (further suites) metrics and traces.
import Telemetry

extension Suite {
  static let telemetry = Suite(name: "telemetry") {
    TelemetryBenchmark.redaction()
  }
}

private enum TelemetryBenchmark {
  static func redaction() {
    let redactor = Redactor(identifierPrefixes: ["dlb_"])
    let plain = "GET /v1/deliberations/dlb_4fG7hK2mP9qR5tVxZ8bNcD3w/explanation 200 in 1.25 ms"
    let secret = "upstream refused authorization: Bearer sk-9fjq2J3kd92Ks0d9f8JskdLqp2 with 401"
    report(
      "redaction of a line of 80 characters",
      measure([
        Contender(name: "copy") { iterations in
          var sum = 0
          for _ in 0..<iterations { sum &+= Array(plain.utf8).count }
          return sum
        },
        Contender(name: "innocent") { iterations in
          var sum = 0
          for _ in 0..<iterations { sum &+= redactor.redact(plain).utf8.count }
          return sum
        },
        Contender(name: "with a secret") { iterations in
          var sum = 0
          for _ in 0..<iterations { sum &+= redactor.redact(secret).utf8.count }
          return sum
        },
      ]))
  }
}
