// What a reviewer sees, in this order: where the council disagrees with going ahead, what the clauses ask, then the case
// and the opinions. And a review in brief, for the queue.
import JSON
import Ledger

extension Review: JSONWritable {
  /// The review in brief.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writeMembers(to: &writer)
    writer.endObject()
  }

  package var status: String { isPending ? "pending" : outcome == .expired ? "expired" : "closed" }

  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.member("id", id)
    writer.member("status", status)
    writer.member("tier", tier.rawValue)
    writer.member("requires", tier == .determination ? "determination" : "acknowledgment")
    writer.member("deliberation", deliberation)
    writer.member("case_hash", caseHash.hex)
    writer.member("verdict", verdict.rawValue)
    writer.member("opened", opened.text)
    writer.member("expires", opening.expires.text)
    writer.member("people", opening.people)
    writer.member("outcome", outcome?.rawValue)
    writer.key("answers")
    writer.beginArray()
    for answer in answers {
      writer.beginObject()
      writer.member("by", answer.by)
      writer.member("time", answer.time.text)
      switch answer.act {
      case .acknowledge(let statement):
        writer.member("act", "acknowledge")
        writer.member("statement", statement)
      case .determine(let determination, let rationale):
        writer.member("act", "determine")
        writer.member("determination", determination.rawValue)
        writer.member("rationale", rationale)
      }
      writer.endObject()
    }
    writer.endArray()
  }

  /// The whole sheet. `record` is the payload of the deliberation's entry; nil where it was erased.
  package func writeSheet(record: DecisionRecord?, under constitution: Constitution, to writer: inout JSONWriter) {
    let answer = record.flatMap { try? JSONValue(parsing: $0.answer) }
    writer.beginObject()
    writer.member("dissent", answer?["dissent"] ?? .array([]))
    writer.member("escalations", answer?["escalations"] ?? .array([]))
    writer.key("questions")
    writer.beginArray()
    for id in Review.clauses(in: answer) {
      guard let clause = constitution.clause(id), !clause.question.isEmpty else { continue }
      writer.beginObject()
      writer.member("clause", clause.id)
      writer.member("title", clause.title)
      writer.member("question", clause.question)
      writer.member("constraints", clause.constraints)
      writer.endObject()
    }
    writer.endArray()
    writeMembers(to: &writer)
    if let record {
      writer.key("case")
      let posted = record.matter.canonical
      writer.raw(posted.span.bytes)
    }
    for name in ["reason", "uncertainty", "opinions", "abstentions", "precedents"] {
      guard let part = answer?[name] else { continue }
      writer.key(name)
      part.write(to: &writer)
    }
    writer.endObject()
  }

  /// The clauses that were raised, escalations first, each once.
  private static func clauses(in answer: JSONValue?) -> [String] {
    let raised = (answer?["escalations"]?.array ?? []) + (answer?["dissent"]?.array ?? [])
    var clauses: [String] = []
    for clause in raised.compactMap({ $0["clause"]?.string }) where !clauses.contains(clause) { clauses.append(clause) }
    return clauses
  }
}
