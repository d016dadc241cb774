// A case: what a service is about to do, as it was posted. It is decoded once, never changed afterwards, and shared by
// reference between the detectors, the critics and the record. Its canonical form and hash are made once, with it.
import Crypto
import JSON

/// One case before the council.
package final class Case: Sendable {
  /// What sort of thing is decided: `tool_call`, `answer`, `refusal`, … A free word of the poster.
  package let kind: String
  /// What is about to be done.
  package let action: String
  package let input: Content?
  package let output: Content?
  /// The typed reading of `context`.
  package let facts: Facts
  /// Who is about to act. The actor of a case may never answer its review.
  package let actor: String?
  /// Whom it concerns.
  package let subject: String?
  package let tags: [String]

  /// Every text of the case, in the order action, input, output, context: what detectors read. Offsets in signals are
  /// UTF-8 byte offsets into these texts.
  package let texts: [TextField]

  /// The case as posted, in canonical form (RFC 8785), without members that are null or absent.
  package let canonical: [UInt8]
  /// SHA-256 of the canonical form.
  package let hash: Digest

  package init(
    kind: String = "", action: String, input: Content? = nil, output: Content? = nil, facts: Facts = Facts(),
    actor: String? = nil, subject: String? = nil, tags: [String] = []
  ) {
    self.kind = kind
    self.action = action
    self.input = input
    self.output = output
    self.facts = facts
    self.actor = actor
    self.subject = subject
    self.tags = tags
    var texts: [TextField] = []
    texts.reserveCapacity(4)
    texts.append(TextField(pointer: "/action", source: .action, text: action))
    input?.addTexts(at: "/input", from: .input, to: &texts)
    output?.addTexts(at: "/output", from: .output, to: &texts)
    facts.addTexts(to: &texts)
    self.texts = texts

    var writer = JSONWriter(capacity: 2048)
    Case.write(
      kind: kind, action: action, input: input, output: output, facts: facts, actor: actor, subject: subject,
      tags: tags, to: &writer)
    hash = SHA256.digest(writer.bytes)
    canonical = writer.array
  }

  /// The members in the order of their names, as RFC 8785 demands.
  private static func write(
    kind: String, action: String, input: Content?, output: Content?, facts: Facts, actor: String?, subject: String?,
    tags: [String], to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.member("action", action)
    if let actor { writer.member("actor", actor) }
    if !facts.isEmpty {
      writer.key("context")
      facts.writeCanonical(to: &writer)
    }
    if let input { writer.member("input", input) }
    if !kind.isEmpty { writer.member("kind", kind) }
    if let output { writer.member("output", output) }
    if let subject { writer.member("subject", subject) }
    if !tags.isEmpty { writer.member("tags", tags) }
    writer.endObject()
  }

  /// The same case with other facts.
  package func with(_ facts: Facts) -> Case {
    Case(
      kind: kind, action: action, input: input, output: output, facts: facts, actor: actor, subject: subject,
      tags: tags)
  }
}

/// One text of a case and where it stands.
package struct TextField: Sendable, Hashable {
  package enum Source: UInt8, Sendable, Hashable { case action, input, output, context }

  /// JSON Pointer (RFC 6901) into the case as posted: `/input`, `/input/arguments/0`, `/context/purpose`.
  package let pointer: String
  package let source: Source
  package let text: String

  package init(pointer: String, source: Source, text: String) {
    self.pointer = pointer
    self.source = source
    self.text = text
  }
}
