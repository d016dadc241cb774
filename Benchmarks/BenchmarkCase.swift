// A case as a service posts it, about a kilobyte, readable by Foundation's coders and by ours.
import JSON

struct BenchmarkCase: Codable, Equatable {
  struct Person: Codable, Equatable {
    var name = ""
    var role = ""
  }

  struct Context: Codable, Equatable {
    var domain = ""
    var impact = ""
    var reversible = false
    var consent = ""
    var affectedPersons = 0
    var confidence = 0.0
    var purpose = ""
    var featuresUsed: [String] = []
    var accountable = Person()
    var environment = ""

    enum CodingKeys: String, CodingKey {
      case domain, impact, reversible, consent, confidence, purpose, accountable, environment
      case affectedPersons = "affected_persons"
      case featuresUsed = "features_used"
    }
  }

  var kind = ""
  var action = ""
  var input = ""
  var output = ""
  var context = Context()
  var actor = ""
  var subject = ""
  var tags: [String] = []

  static let text = """
    {"kind": "decision", "action": "Refuse the application for a consumer credit of 12,000 EUR over 48 months",
     "input": "The applicant asks for a credit of 12,000 EUR. Monthly net income 2,450 EUR, rent 890 EUR, one child. \
    Two earlier credits were repaid on time. The applicant writes: \\"I need the car to get to work.\\"",
     "output": "The application is refused because the score of 0.41 lies below the threshold of 0.55. \
    The decision was made automatically; the applicant may ask for a review by a person within 30 days.",
     "context": {"domain": "credit", "impact": "high", "reversible": true, "consent": "given",
      "affected_persons": 1, "confidence": 0.8125, "purpose": "creditworthiness",
      "features_used": ["income", "rent", "repayment_history", "postcode"],
      "accountable": {"name": "Ines Köhler", "role": "head of lending"}, "environment": "production"},
     "actor": "service:lending-engine", "subject": "applicant:5f2b7c90-4d1e-4b8a-9a57-2f7f7f1f3a11",
     "tags": ["lending", "automated", "eu"]}
    """
}

extension BenchmarkCase: JSONReadable {
  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "kind": kind = try reader.string()
      case "action": action = try reader.string()
      case "input": input = try reader.string()
      case "output": output = try reader.string()
      case "context": context = try Context(from: &reader)
      case "actor": actor = try reader.string()
      case "subject": subject = try reader.string()
      case "tags": tags = try reader.strings()
      default: break
      }
    }
  }
}

extension BenchmarkCase.Context: JSONReadable {
  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "domain": domain = try reader.string()
      case "impact": impact = try reader.string()
      case "reversible": reversible = try reader.boolean()
      case "consent": consent = try reader.string()
      case "affected_persons": affectedPersons = try reader.integer()
      case "confidence": confidence = try reader.double(in: 0...1)
      case "purpose": purpose = try reader.string()
      case "features_used": featuresUsed = try reader.strings()
      case "accountable": accountable = try BenchmarkCase.Person(from: &reader)
      case "environment": environment = try reader.string()
      default: break
      }
    }
  }
}

extension BenchmarkCase.Person: JSONReadable {
  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "name": name = try reader.string()
      case "role": role = try reader.string()
      default: break
      }
    }
  }
}

extension BenchmarkCase: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("kind", kind)
    writer.member("action", action)
    writer.member("input", input)
    writer.member("output", output)
    writer.member("context", context)
    writer.member("actor", actor)
    writer.member("subject", subject)
    writer.member("tags", tags)
    writer.endObject()
  }
}

extension BenchmarkCase.Context: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("domain", domain)
    writer.member("impact", impact)
    writer.member("reversible", reversible)
    writer.member("consent", consent)
    writer.member("affected_persons", affectedPersons)
    writer.member("confidence", confidence)
    writer.member("purpose", purpose)
    writer.member("features_used", featuresUsed)
    writer.key("accountable")
    writer.beginObject()
    writer.member("name", accountable.name)
    writer.member("role", accountable.role)
    writer.endObject()
    writer.member("environment", environment)
    writer.endObject()
  }
}
