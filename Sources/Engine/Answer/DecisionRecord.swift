// What is kept of a decision so that it can be decided again: all its inputs, and the core of the answer. It is the
// payload of the ledger's entry, encrypted there; destroying it erases the person's data.
import JSON

/// The inputs of a decision beside the constitution, which the record names by version.
package struct DecisionRecord: Sendable {
  package let matter: Case
  package let constitution: String
  package let weights: Weights
  package let precedents: [ConsultedPrecedent]
  /// The critics asked, where the poster chose.
  package let asked: [String]?
  /// Opinions that came from outside or did not come at all: a replay takes them from here.
  package let recorded: [Opinion]
  /// The core of the answer, as it was given.
  package let answer: [UInt8]

  package init(
    matter: Case, constitution: String, weights: Weights, precedents: [ConsultedPrecedent] = [],
    asked: [String]? = nil, recorded: [Opinion] = [], answer: [UInt8]
  ) {
    self.matter = matter
    self.constitution = constitution
    self.weights = weights
    self.precedents = precedents
    self.asked = asked
    self.recorded = recorded
    self.answer = answer
  }
}

extension DecisionRecord: JSONWritable {
  static let format = 1

  package func write(to writer: inout JSONWriter) {
    write(to: &writer) { $0.raw(answer.span.bytes) }
  }

  /// With the answer's core from where it lies.
  func write(to writer: inout JSONWriter, answer writeAnswer: (inout JSONWriter) -> Void) {
    writer.beginObject()
    writer.member("format", Self.format)
    writer.key("case")
    let posted = matter.canonical
    writer.raw(posted.span.bytes)
    writer.member("constitution", constitution)
    writer.member("weights", weights)
    if !precedents.isEmpty { writer.member("precedents", precedents) }
    if let asked { writer.member("asked", asked) }
    if !recorded.isEmpty { writer.member("recorded", recorded) }
    writer.key("answer")
    writeAnswer(&writer)
    writer.endObject()
  }
}

extension DecisionRecord: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var matter: Case?
    var constitution: String?
    var weights: Weights?
    var precedents: [ConsultedPrecedent] = []
    var asked: [String]?
    var recorded: [Opinion] = []
    var answer: [UInt8]?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "format": if try reader.integer() != Self.format { reader.refuse("must be \(Self.format)") }
      case "case": matter = try Case.read(from: &reader)
      case "constitution": constitution = try reader.string()
      case "weights": weights = try Weights(from: &reader)
      case "precedents": precedents = try reader.list()
      case "asked": asked = try reader.strings()
      case "recorded": recorded = try reader.list()
      case "answer": answer = try reader.raw().withUnsafeBytes { Array($0) }
      default: reader.refuseUnknown(key, known: [])
      }
    }
    self.init(
      matter: matter ?? reader.missing("case", of: object, instead: Case(action: "")),
      constitution: constitution ?? reader.missing("constitution", of: object, instead: ""),
      weights: weights ?? reader.missing("weights", of: object, instead: Weights(version: 0, values: [:])),
      precedents: precedents, asked: asked, recorded: recorded,
      answer: answer ?? reader.missing("answer", of: object, instead: []))
  }
}

extension Weights: JSONWritable {
  package func write(to writer: inout JSONWriter) { writer.raw(canonical.span.bytes) }

  /// The weights by critic alone, in canonical form.
  package func writeValues(to writer: inout JSONWriter) { Weights.write(values, to: &writer) }

  static func write(_ values: [String: Double], to writer: inout JSONWriter) {
    writer.beginObject()
    for name in values.keys.sorted(by: JSONCanonical.precedes) {
      writer.key(name)
      writer.double(values[name] ?? 0)
    }
    writer.endObject()
  }
}

extension Weights: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var version: Int?
    var values: [String: Double]?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "version": version = try reader.integer(in: 0...Int.max)
      case "weights": values = try Weights.values(from: &reader)
      default: break
      }
    }
    self.init(
      version: version ?? reader.missing("version", of: object, instead: 0),
      values: values ?? reader.missing("weights", of: object, instead: [:]))
  }

  /// An object of numbers by critic.
  package static func values(from reader: inout JSONReader) throws(JSONError) -> [String: Double] {
    var values: [String: Double] = [:]
    var object = try reader.object()
    while let key = try reader.key(&object) {
      let name = key.string
      values[name] = try reader.double()
    }
    return values
  }
}
