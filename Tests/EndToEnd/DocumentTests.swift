// The OpenAPI document, held to its word: every example in it is sent to a running server as it stands, and every answer
// and every example answer is held against the schema that is declared for it, by somebody else's validator.
import Foundation
import TestSupport
import Testing

@Suite("The OpenAPI document")
struct DocumentTests {
  /// One operation as the document has it.
  struct Documented {
    let method: String
    let path: String
    let identifier: String
    let declared: [String: Any]

    var parameters: [[String: Any]] { declared["parameters"] as? [[String: Any]] ?? [] }
    var body: [String: Any]? { declared["requestBody"] as? [String: Any] }

    /// The answers with status 200, by media type.
    var answers: [String: [String: Any]] {
      let responses = declared["responses"] as? [String: [String: Any]] ?? [:]
      return responses["200"]?["content"] as? [String: [String: Any]] ?? [:]
    }
  }

  private func operations(_ document: [String: Any]) throws -> [Documented] {
    let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
    return paths.flatMap { path, methods in
      methods.map {
        Documented(
          method: $0.key.uppercased(), path: path, identifier: $0.value["operationId"] as? String ?? "",
          declared: $0.value)
      }
    }.sorted { $0.identifier < $1.identifier }
  }

  @Test("has an example for every part of a path, every body, and every answer that all being well is JSON")
  func examplesAreThere() async throws {
    let server = try await WitanServer()
    for operation in try operations(try server.call("GET", "/openapi.json").json()) {
      let name = "\(operation.method) \(operation.path)"
      for parameter in operation.parameters where parameter["required"] as? Bool == true {
        #expect(parameter["example"] != nil, "\(name): \(parameter["name"] ?? "")")
      }
      for (type, content) in operation.body?["content"] as? [String: [String: Any]] ?? [:]
      where type == "application/json" { #expect(content["example"] != nil, "\(name): the body") }
      for (type, content) in operation.answers where type == "application/json" {
        #expect(content["example"] != nil, "\(name): the answer")
      }
      #expect(!operation.identifier.isEmpty)
    }
  }

  @Test("is kept to by the server, example by example", .enabled(if: Validator.isPresent))
  func examplesAreTrue() async throws {
    let server = try await WitanServer()
    let document = try server.call("GET", "/openapi.json")
    let scene = try await Scene(server)
    var lines: [[String: Any]] = []
    for operation in try operations(try document.json()) {
      let answer = try scene.send(operation)
      let expected: Set<Int> = Scene.elsewhere[operation.identifier].map { [$0] } ?? [200, 201, 202]
      #expect(
        expected.contains(answer.status), "\(operation.method) \(operation.path): \(answer.status) \(answer.text)")
      lines.append([
        "operation": operation.identifier, "method": operation.method.lowercased(), "path": operation.path,
        "status": "\(answer.status)", "type": answer["Content-Type"] ?? "", "body": answer.text,
      ])
    }
    let folder = try TemporaryFolder()
    try Data(document.body).write(to: folder.file("openapi.json"))
    try JSONSerialization.data(withJSONObject: lines).write(to: folder.file("answers.json"))
    let faults = try await Validator.faults(folder.file("openapi.json"), folder.file("answers.json"))
    #expect(faults == "", "\(faults)")
  }

  @Test("is shown as a page that names every operation and asks for nothing from elsewhere")
  func page() async throws {
    let server = try await WitanServer()
    let page = try server.call("GET", "/docs")
    #expect(page.status == 200)
    #expect(page["Content-Type"] == "text/html; charset=utf-8")
    let policy = try #require(page["Content-Security-Policy"])
    #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
    #expect(!page.text.contains("<script"))
    #expect(!page.text.contains("http://") && !page.text.contains("https://"))
    for operation in try operations(try server.call("GET", "/openapi.json").json()) {
      #expect(page.text.contains("id=\"\(operation.identifier)\""), "\(operation.identifier)")
      #expect(page.text.contains("<code>\(operation.path)</code>"), "\(operation.path)")
    }
    // The policy lets the page's own style through, and no other.
    let style = try #require(
      page.text.components(separatedBy: "<style>").last?.components(separatedBy: "</style>").first)
    let digest = try await Validator.digest(of: style)
    #expect(policy.contains("'sha256-\(digest)'"))
  }

  @Test("and the page and the metrics can be kept for those who have a token")
  func locked() async throws {
    let server = try await WitanServer(
      environment: ["WITAN_HTTP_PUBLIC_DOCS": "false", "WITAN_HTTP_PUBLIC_METRICS": "false"])
    let (decider, auditor) = (try await server.token("decider"), try await server.token("auditor"))
    for path in ["/openapi.json", "/docs"] {
      #expect(try server.call("GET", path).status == 401)
      #expect(try server.call("GET", path, token: decider).status == 200)
    }
    #expect(try server.call("GET", "/metrics").status == 401)
    #expect(try server.call("GET", "/metrics", token: decider).status == 403)
    #expect(try server.call("GET", "/metrics", token: auditor).status == 200)
  }
}

/// A server with something of everything, so that the document's examples have something to name.
private struct Scene {
  /// Operations whose examples name what a plain server does not have, and what it then says.
  static let elsewhere = [
    "resetBreaker": 404, "streamDeliberations": 426,
    // The job has ended.
    "pauseJob": 409, "resumeJob": 409, "cancelJob": 409,
  ]

  let server: WitanServer
  let token: String
  let deliberation: String
  /// A review of tier 2, one of tier 3, and one that is closed.
  let acknowledged: String
  let determined: String
  let closed: String
  let job: String
  let constitution: [String: Any]

  init(_ server: WitanServer) async throws {
    let token = try await server.token("decider", "auditor", "reviewer", "admin")
    let shop = try await server.token("decider", subject: "shop")
    func review(_ fields: String) throws -> (deliberation: String, review: String) {
      let answer = try server.call("POST", "/v1/deliberations", token: shop, body: "{\(fields)}").json()
      let path = try #require((answer["gate"] as? [String: Any])?["review"] as? String, "\(answer)")
      return (answer["id"] as? String ?? "", String(path.split(separator: "/").last ?? ""))
    }
    let grave = #""action": "delete", "input": "Delete the production database for good.", "actor": "agent-7""#
    // The entry that the example of an erasure names.
    _ = try review(grave)
    let waiting = try review(grave + #", "context": {"impact": "high"}"#)
    let risky = try review(
      #""action": "buy", "actor": "agent-7", "context": {"budget": {"limit": 100, "cost": 500, "unit": "EUR"}, "#
        + #""impact": "low"}"#)
    let answered = try review(grave + #", "context": {"impact": "critical"}"#).review
    let answer = try server.call(
      "POST", "/v1/reviews/\(answered)/determine", token: token,
      body: #"{"determination": "proceed", "rationale": "It was copied before."}"#)
    #expect(answer.status == 200, "\(answer.text)")
    let path = try #require(
      server.call(
        "POST", "/v1/jobs", token: token, body: #"{"action": "look"}"#, fields: ["Content-Type": "application/x-ndjson"]
      )["Location"])
    try await wait(for: "a job") {
      try server.call("GET", path, token: token).json()["state"] as? String == "finished"
    }
    self.server = server
    self.token = token
    job = path.replacing("/v1/jobs/", with: "")
    deliberation = waiting.deliberation
    determined = waiting.review
    acknowledged = risky.review
    closed = answered
    constitution = try server.call("GET", "/v1/constitution", token: token).json()
  }

  /// Sends the example of an operation, with the names of things that are here.
  func send(_ operation: DocumentTests.Documented) throws -> RawAnswer {
    var path = operation.path
    var query: [String] = []
    var fields: [String: String] = [:]
    for parameter in operation.parameters {
      guard let name = parameter["name"] as? String, let example = parameter["example"] else { continue }
      let text = named("\(example)", operation)
      switch parameter["in"] as? String {
      case "path": path = path.replacing("{\(name)}", with: text)
      case "query": query.append("\(name)=\(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")")
      default: fields[name] = text
      }
    }
    if !query.isEmpty { path += "?" + query.joined(separator: "&") }
    let content = operation.body?["content"] as? [String: Any]
    if let content, content["application/json"] == nil, content["application/x-ndjson"] != nil {
      fields["Content-Type"] = "application/x-ndjson"
      return try server.call(
        operation.method, path, token: token, body: #"{"action": "send_newsletter"}"#, fields: fields)
    }
    return try server.call(operation.method, path, token: token, body: body(operation), fields: fields)
  }

  private func body(_ operation: DocumentTests.Documented) throws -> String? {
    let content = operation.body?["content"] as? [String: [String: Any]]
    guard var example = content?["application/json"]?["example"] as? [String: Any] else { return nil }
    if example["constitution"] != nil {
      // A constitution is too long for an example: the one in force stands in, changed where it must be another.
      var document = constitution
      document["title"] = "Another constitution"
      example["constitution"] = document
    }
    let bytes = try JSONSerialization.data(withJSONObject: example, options: .withoutEscapingSlashes)
    return named(String(decoding: bytes, as: UTF8.self), operation)
  }

  private func named(_ text: String, _ operation: DocumentTests.Documented) -> String {
    let review =
      switch operation.identifier {
      case "acknowledge": acknowledged
      case "changePrecedent": closed
      default: determined
      }
    return text.replacing(/dlb_[0-9a-z]{26}/, with: deliberation).replacing(/rev_[0-9a-z]{26}/, with: review)
      .replacing(/job_[0-9a-z]{26}/, with: job)
  }
}

/// Debian's python3-jsonschema, an implementation that shares nothing with ours.
private enum Validator {
  static let isPresent: Bool = {
    let found = FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/jsonschema")
    if !found { FileHandle.standardError.write(Data("skipped: python3-jsonschema not present\n".utf8)) }
    return found
  }()

  private static let program = """
    import json, sys
    from jsonschema import Draft202012Validator, RefResolver
    document = json.load(open(sys.argv[1]))
    resolver = RefResolver("", document)
    def check(what, schema, value):
        for error in Draft202012Validator(schema, resolver=resolver).iter_errors(value):
            print(what, "at", "/".join(map(str, error.absolute_path)), ":", error.message[:300])
    def declared(operation, status):
        return operation["responses"].get(status, {}).get("content", {})
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = method.upper() + " " + path
            for parameter in operation["parameters"]:
                if "example" in parameter:
                    check(name + " " + parameter["name"], parameter["schema"], parameter["example"])
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if "example" in content:
                    check(name + " body", content["schema"], content["example"])
            for status in operation["responses"]:
                for content in declared(operation, status).values():
                    if "example" in content:
                        check(name + " example " + status, content["schema"], content["example"])
    for answer in json.load(open(sys.argv[2])):
        operation = document["paths"][answer["path"]][answer["method"]]
        kind = answer["type"].split(";")[0]
        contents = declared(operation, answer["status"])
        name = answer["operation"] + " " + answer["status"]
        if answer["status"] not in operation["responses"]:
            print(name, "is not declared")
        elif kind and kind not in contents:
            print(name, "declares no", kind)
        elif kind.endswith("json") and kind != "application/x-ndjson":
            check(name, contents[kind]["schema"], json.loads(answer["body"]))
    """

  /// What the validator finds wrong, a line each.
  static func faults(_ document: URL, _ answers: URL) async throws -> String {
    let python = try RunningProcess(
      path: "/usr/bin/python3", ["-W", "ignore", "-c", program, document.path, answers.path])
    #expect(try await python.waitForExit() == 0, "\(python.standardError)")
    return python.standardOutput
  }

  /// SHA-256 in base64.
  static func digest(of text: String) async throws -> String {
    let program =
      "import base64,hashlib,sys; print(base64.b64encode(hashlib.sha256(sys.argv[1].encode()).digest()).decode())"
    let python = try RunningProcess(path: "/usr/bin/python3", ["-c", program, text])
    #expect(try await python.waitForExit() == 0)
    return python.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
