// A case: what a service is about to do, as it was posted. It is decoded once, never changed afterwards, and shared by
// reference between the detectors, the critics and the record.

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

  package init(
    kind: String = "", action: String, input: Content? = nil, output: Content? = nil, facts: Facts = Facts(),
    actor: String? = nil, subject: String? = nil, tags: [String] = [], texts: [TextField]? = nil
  ) {
    self.kind = kind
    self.action = action
    self.input = input
    self.output = output
    self.facts = facts
    self.actor = actor
    self.subject = subject
    self.tags = tags
    self.texts = texts ?? Case.plainTexts(action: action, input: input, output: output, facts: facts)
  }

  /// The texts of a case that was not decoded from JSON: structured content has none here.
  private static func plainTexts(action: String, input: Content?, output: Content?, facts: Facts) -> [TextField] {
    var texts = [TextField(pointer: "/action", source: .action, text: action)]
    if case .text(let text) = input { texts.append(TextField(pointer: "/input", source: .input, text: text)) }
    if case .text(let text) = output { texts.append(TextField(pointer: "/output", source: .output, text: text)) }
    if let purpose = facts.purpose {
      texts.append(TextField(pointer: "/context/purpose", source: .context, text: purpose))
    }
    for (index, claim) in facts.claims.enumerated() {
      texts.append(TextField(pointer: "/context/claims/\(index)", source: .context, text: claim))
    }
    for (index, statement) in facts.evidence.enumerated() {
      texts.append(TextField(pointer: "/context/evidence/\(index)", source: .context, text: statement))
    }
    return texts
  }
}

/// What `input` and `output` hold: plain text, or any other JSON, kept in canonical form.
package enum Content: Sendable, Hashable {
  case text(String)
  case structure(canonical: String)
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
