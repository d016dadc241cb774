// What is said to a remote critic and what it may answer. Each opinion is checked against its schema before anybody sees it:
// one that breaks the rules is none, calls a human, and takes no other with it.
import Engine
import JSON

/// `{"version": 1, "critic": …, "cases": [{"id": …, "case": {…}, "evidence": […]}]}`
enum RemoteQuestion {
  static func write(_ examinations: [Examination], critic: String) -> [UInt8] {
    var writer = JSONWriter(capacity: 2048 * max(1, examinations.count))
    writer.beginObject()
    writer.member("version", 1)
    writer.member("critic", critic)
    writer.key("cases")
    writer.beginArray()
    for (index, examination) in examinations.enumerated() {
      writer.beginObject()
      writer.member("id", String(index))
      writer.key("case")
      let canonical = examination.matter.canonical
      writer.raw(canonical.span.bytes)
      writer.member("evidence", examination.evidence.signals)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.array
  }
}

/// One opinion as it came: `{"id", "severity", "confidence", "concerns": [{"clause", "severity", "rationale"}]}`, or
/// `{"id", "abstains": reason}`.
struct RemoteOpinion: Sendable {
  struct Finding: Sendable {
    let clause: String
    let severity: Double
    let rationale: String
  }

  static let findingsLimit = 64
  static let rationaleLimit = 2048

  let id: String
  let severity: Double
  let confidence: Double
  let findings: [Finding]
  let abstains: String?
}

/// What a remote critic says of one case.
enum RemoteWord: Sendable {
  case opinion(RemoteOpinion)
  /// Something that breaks the rules, and which.
  case malformed(String)
}

/// `{"opinions": […]}`
enum RemoteAnswer {
  /// What is said of each case, by its id. What has no id is said of none; of two for one case neither can be trusted.
  static func read(_ bytes: [UInt8], greatest: Double) throws(JSONRefusal) -> [String: RemoteWord] {
    let opinions = try JSONReader.decode(bytes.span.bytes) { reader throws(JSONError) in
      var opinions: [[UInt8]]?
      var object = try reader.object()
      while let key = try reader.key(&object) {
        switch key {
        case "opinions":
          var found: [[UInt8]] = []
          var array = try reader.array()
          while try reader.next(&array) { found.append(try reader.raw().withUnsafeBytes { Array($0) }) }
          opinions = found
        default: reader.refuseUnknown(key, known: ["opinions"])
        }
      }
      if opinions == nil { reader.missing("opinions", of: object) }
      return opinions ?? []
    }
    var words: [String: RemoteWord] = [:]
    for each in opinions {
      let word: RemoteWord
      let id: String?
      do throws(JSONRefusal) {
        let opinion = try JSONReader.decode(each.span.bytes) { reader throws(JSONError) -> RemoteOpinion in
          try Self.opinion(from: &reader, greatest)
        }
        (word, id) = (.opinion(opinion), opinion.id)
      } catch {
        (word, id) = (.malformed("\(error)"), (try? JSONValue(parsing: each))?["id"]?.string)
      }
      guard let id else { continue }
      words[id] = words[id] == nil ? word : .malformed("there are two opinions on the case")
    }
    return words
  }

  private static func opinion(from reader: inout JSONReader, _ greatest: Double) throws(JSONError) -> RemoteOpinion {
    var id: String?
    var severity: Double?
    var confidence: Double?
    var findings: [RemoteOpinion.Finding] = []
    var abstains: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "id": id = try reader.string(maximumBytes: 64)
      case "severity": severity = try reader.double(in: 0...greatest)
      case "confidence": confidence = try reader.double(in: 0...1)
      case "abstains":
        abstains = try reader.takeNull() ? nil : reader.string(maximumBytes: RemoteOpinion.rationaleLimit)
      case "concerns":
        var array = try reader.array()
        while try reader.next(&array) { findings.append(try finding(from: &reader, greatest)) }
        if findings.count > RemoteOpinion.findingsLimit { reader.refuse("has too many concerns") }
      default: reader.refuseUnknown(key, known: ["id", "severity", "confidence", "concerns", "abstains"])
      }
    }
    if id == nil { reader.missing("id", of: object) }
    if abstains == nil {
      if severity == nil { reader.missing("severity", of: object) }
      if confidence == nil { reader.missing("confidence", of: object) }
    }
    return RemoteOpinion(
      id: id ?? "", severity: severity ?? 0, confidence: confidence ?? 0, findings: findings, abstains: abstains)
  }

  private static func finding(
    from reader: inout JSONReader, _ greatest: Double
  ) throws(JSONError) -> RemoteOpinion.Finding {
    var clause: String?
    var severity: Double?
    var rationale: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "clause": clause = try reader.string(maximumBytes: 64)
      case "severity": severity = try reader.double(in: 0...greatest)
      case "rationale": rationale = try reader.string(maximumBytes: RemoteOpinion.rationaleLimit)
      default: reader.refuseUnknown(key, known: ["clause", "severity", "rationale"])
      }
    }
    if clause == nil { reader.missing("clause", of: object) }
    if severity == nil { reader.missing("severity", of: object) }
    if rationale == nil { reader.missing("rationale", of: object) }
    return RemoteOpinion.Finding(clause: clause ?? "", severity: severity ?? 0, rationale: rationale ?? "")
  }
}

extension RemoteOpinion {
  /// The opinion in the council's own terms. A concern must name a clause of the charter, which says the principle and
  /// the human act; the remote critic cannot ask for less than its clause demands.
  func opinion(of critic: String, under charter: Charter, grading: Grading) -> Opinion {
    if let abstains { return .abstaining(critic, .declined(abstains)) }
    var concerns: [Concern] = []
    var escalations: [Escalation] = []
    for finding in findings {
      guard let clause = charter.clauses.first(where: { $0.id == finding.clause }) else {
        return .malformed(critic, "it raised the clause \(finding.clause), which its charter does not have")
      }
      concerns.append(
        Concern(
          principle: clause.principle, clause: clause.id, severity: finding.severity, rationale: finding.rationale))
      if finding.severity >= grading.escalatesFrom {
        escalations.append(
          Escalation(critic: critic, clause: clause.id, tier: clause.tier, rationale: finding.rationale))
      }
    }
    return Opinion(
      critic: critic, severity: max(severity, concerns.map(\.severity).max() ?? 0), confidence: confidence,
      concerns: concerns, escalations: escalations)
  }
}
