// Opinions and what they hold as JSON: in answers, in records, and back from records and outside critics.
import JSON

extension Signal: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("detector", detector)
    writer.member("field", field)
    writer.member("start", start)
    writer.member("end", end)
    writer.member("strength", strength)
    writer.member("kind", kind)
    writer.endObject()
  }
}

extension Signal: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var (detector, field, kind) = ("", "", "")
    var (start, end, strength) = (0, 0, 0.0)
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "detector": detector = try reader.string(maximumBytes: CaseReading.longestName)
      case "field": field = try reader.string()
      case "start": start = try reader.integer(in: 0...Int.max)
      case "end": end = try reader.integer(in: 0...Int.max)
      case "strength": strength = try reader.double(in: 0...1)
      case "kind": kind = try reader.string(maximumBytes: CaseReading.longestName)
      default: break
      }
    }
    self.init(detector: detector, strength: strength, field: field, start: start, end: end, kind: kind)
  }
}

extension Concern: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writeMembers(to: &writer)
    writer.endObject()
  }

  func writeMembers(to writer: inout JSONWriter) {
    writer.member("principle", principle.rawValue)
    writer.member("clause", clause)
    writer.member("severity", severity)
    writer.member("rationale", rationale)
    writer.member("evidence", evidence)
  }
}

extension Concern: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var (principle, clause, rationale) = ("", "", "")
    var severity: Double?
    var evidence: [Signal] = []
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "principle": principle = try reader.string(maximumBytes: CaseReading.longestName)
      case "clause": clause = try reader.string(maximumBytes: CaseReading.longestName)
      case "severity": severity = try reader.double()
      case "rationale": rationale = try reader.string(maximumBytes: SealedOpinions.textLimit)
      case "evidence": evidence = try reader.list(maximumCount: Evidence.limit)
      default: break
      }
    }
    self.init(
      principle: Principle(rawValue: principle), clause: clause,
      severity: severity ?? reader.missing("severity", of: object, instead: 0), rationale: rationale,
      evidence: evidence)
  }
}

extension Escalation: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("critic", critic)
    writer.member("clause", clause)
    writer.member("tier", tier.rawValue)
    writer.member("rationale", rationale)
    writer.endObject()
  }
}

extension Escalation {
  /// Reads an escalation of this critic; the name in the JSON does not count.
  init(of critic: String, from reader: inout JSONReader) throws(JSONError) {
    var clause: String?
    var rationale = ""
    var tier: Tier?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "clause": clause = try reader.name()
      case "tier":
        let number = try reader.integer()
        tier = Tier(rawValue: number)
        if tier == nil { reader.refuse("must be 2 or 3") }
      case "rationale": rationale = try reader.string(maximumBytes: SealedOpinions.textLimit)
      default: break
      }
    }
    self.init(
      critic: critic, clause: clause, tier: tier ?? reader.missing("tier", of: object, instead: .determination),
      rationale: rationale)
  }
}

extension MissingFact: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("fact", fact.rawValue)
    writer.member("clause", clause)
    writer.endObject()
  }
}

extension MissingFact {
  /// Nil where the fact is not one that this council knows.
  static func read(from reader: inout JSONReader) throws(JSONError) -> MissingFact? {
    var fact: Fact?
    var clause = ""
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "fact": fact = try reader.choice()
      case "clause": clause = try reader.string(maximumBytes: CaseReading.longestName)
      default: break
      }
    }
    return fact.map { MissingFact(fact: $0, clause: clause) }
  }
}

extension Abstention: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("code", code)
    switch self {
    case .declined(let why), .failed(let why), .malformed(let why): writer.member("detail", why)
    case .late(let milliseconds), .hurried(let milliseconds): writer.member("milliseconds", milliseconds)
    case .cancelled, .notAsked: break
    }
    writer.endObject()
  }
}

extension Abstention: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var (code, detail) = ("", "")
    var milliseconds = 0
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "code": code = try reader.string(maximumBytes: CaseReading.longestName)
      case "detail": detail = try reader.string(maximumBytes: SealedOpinions.textLimit)
      case "milliseconds": milliseconds = try reader.integer(in: 0...Int.max)
      default: break
      }
    }
    switch code {
    case "declined": self = .declined(detail)
    case "failed": self = .failed(detail)
    case "late": self = .late(milliseconds: milliseconds)
    case "hurried": self = .hurried(milliseconds: milliseconds)
    case "cancelled": self = .cancelled
    case "malformed": self = .malformed(detail)
    case "not_asked": self = .notAsked
    default:
      reader.refuse("must name a known code", at: object)
      self = .failed(detail)
    }
  }
}

extension Opinion: JSONWritable {
  /// The whole opinion, as records keep it and outside critics give it.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("critic", critic)
    writer.member("severity", severity)
    writer.member("confidence", confidence)
    writer.member("concerns", concerns)
    writer.member("escalations", escalations)
    writer.member("missing", missing)
    if let abstention { writer.member("abstention", abstention) }
    writer.endObject()
  }
}

extension Opinion: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    try self.init(of: nil, from: &reader)
  }

  /// Reads an opinion; of an outside critic, in its own name whatever the JSON says.
  package init(of named: String?, from reader: inout JSONReader) throws(JSONError) {
    var critic = named ?? ""
    var severity: Double?
    var confidence: Double?
    var concerns: [Concern] = []
    var escalations: [Escalation] = []
    var missing: [MissingFact] = []
    var abstention: Abstention?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "critic":
        let name = try reader.string(maximumBytes: CaseReading.longestName)
        if named == nil { critic = name }
      case "severity": severity = try reader.double()
      case "confidence": confidence = try reader.double()
      case "concerns": concerns = try reader.list(maximumCount: SealedOpinions.findingsLimit + 1)
      case "escalations":
        escalations = try reader.list(maximumCount: SealedOpinions.findingsLimit + 1) { reader throws(JSONError) in
          try Escalation(of: "", from: &reader)
        }
      case "missing":
        missing = try reader.list { reader throws(JSONError) in try MissingFact.read(from: &reader) }.compactMap { $0 }
      case "abstention": abstention = try reader.optional { reader throws(JSONError) in try Abstention(from: &reader) }
      default: break
      }
    }
    let name = critic
    self.init(
      critic: name, severity: severity ?? reader.missing("severity", of: object, instead: 0),
      confidence: confidence ?? reader.missing("confidence", of: object, instead: 0), concerns: concerns,
      escalations: escalations.map {
        Escalation(critic: name, clause: $0.clause, tier: $0.tier, rationale: $0.rationale)
      }, missing: missing, abstention: abstention)
  }
}

extension ConsultedPrecedent: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("similarity", similarity)
    writer.member("outcome", outcome)
    writer.member("verdict", verdict.rawValue)
    writer.member("clauses", clauses)
    writer.member("principles", principles.map(\.rawValue))
    writer.member("reason", reason)
    writer.endObject()
  }
}

extension ConsultedPrecedent: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var (id, reason) = ("", "")
    var (similarity, outcome) = (0.0, 0.0)
    var verdict: Verdict?
    var (clauses, principles): ([String], [String]) = ([], [])
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "id": id = try reader.string(maximumBytes: CaseReading.longestName)
      case "similarity": similarity = try reader.double(in: 0...1)
      case "outcome": outcome = try reader.double(in: -1...1)
      case "verdict": verdict = try reader.choice()
      case "clauses": clauses = try reader.strings(maximumCount: 1000)
      case "principles": principles = try reader.strings(maximumCount: 1000)
      case "reason": reason = try reader.string()
      default: break
      }
    }
    self.init(
      id: id, similarity: similarity, outcome: outcome,
      verdict: verdict ?? reader.missing("verdict", of: object, instead: .escalate), clauses: clauses,
      principles: principles.map { Principle(rawValue: $0) }, reason: reason)
  }
}
