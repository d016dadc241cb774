// From a document (YAML, or JSON, which is YAML too) to a constitution. Strict: an unknown key, a wrong type or range, a
// missing clause, an unknown critic is refused with its line, and all faults are found in one reading.
import JSON
import YAML

/// What a critic that the program knows needs of the constitution, beside its charter.
package struct SeatRequirement: Sendable {
  package let critic: String
  package let clauses: [String]
  /// The figures that its code computes for conditions.
  package let measures: [String]
  /// The numbers that its code reads from the key `statistics`.
  package let statistics: [String]

  package init(_ critic: String, clauses: [String], measures: [String] = [], statistics: [String] = []) {
    self.critic = critic
    self.clauses = clauses
    self.measures = measures
    self.statistics = statistics
  }
}

extension Constitution {
  /// The constitution that `bytes` say.
  ///
  /// `seats` are the critics that must sit, with the clauses that each must have; any other critic in the document is one
  /// of data alone, or a remote one. `detectors` are the names that conditions may use, each with the kinds of what
  /// it finds, or nil for any.
  package static func read(
    _ bytes: [UInt8], file: String, seats: [SeatRequirement] = [], detectors: [String: Set<String>]? = nil
  ) throws(ConstitutionErrors) -> Constitution {
    let node: YAMLNode
    do throws(YAMLError) {
      node = try YAMLNode.parse(bytes)
    } catch {
      throw ConstitutionErrors(
        file: file, problems: [ConstitutionProblem(position: error.position, message: error.message)])
    }
    let complaints = Complaints()
    var reader = ConstitutionReader(complaints: complaints, seats: seats, detectors: detectors)
    var constitution = Section.read(node, "", complaints) { reader.constitution(&$0) } ?? Constitution()
    if complaints.problems.isEmpty {
      do throws(JSONCanonical.Failure) {
        let canonical = try JSONCanonical.bytes(of: CanonicalDocument.value(of: node))
        constitution.document = String(decoding: canonical, as: UTF8.self)
        constitution.version = CanonicalDocument.version(of: canonical)
      } catch {
        complaints.note("the document holds a number that has no canonical form: \(error)", at: node.position)
      }
    }
    guard complaints.problems.isEmpty else {
      throw ConstitutionErrors(file: file, problems: Array(Set(complaints.problems)).sorted())
    }
    return constitution
  }
}

struct ConstitutionReader {
  let complaints: Complaints
  let seats: [SeatRequirement]
  let detectors: [String: Set<String>]?
  var lists: [String: TermList] = [:]
  var neutral: Set<String> = []
  var grading = Grading()
  var principles: [Principle] = []

  mutating func constitution(_ document: inout Section) -> Constitution {
    var constitution = Constitution()
    if document.integer("format", in: 1...1) != 1 { return constitution }
    constitution.title = document.text("title")
    neutral = Set(document.texts("neutral_words").flatMap(TermList.words))
    readPrinciples(&document, &constitution)
    grading = document.section("grading", readGrading) ?? Grading()
    constitution.grading = grading
    document.section("aggregation") { readAggregation(&$0, &constitution) }
    document.section("uncertainty") { readUncertainty(&$0, &constitution.formulas) }
    constitution.reviews = document.section("reviews", readReviews) ?? ReviewRules()
    constitution.precedents = document.section("precedents", readPrecedents) ?? PrecedentRules()
    constitution.permitSeconds = document.section("permits") { $0.integer("valid_seconds", in: 1...86_400) } ?? 300
    readLists(&document)
    readCritics(&document, &constitution)
    return constitution
  }

  private mutating func readPrinciples(_ document: inout Section, _ constitution: inout Constitution) {
    var names: [String] = []
    document.section("principles") { section in
      for entry in section.entries {
        names.append(entry.key)
        section.section(entry.key) { principle in
          _ = principle.text("title")
          _ = principle.text("says")
          if principle.flag("inviolable") { constitution.inviolable.insert(Principle(rawValue: entry.key)) }
        }
      }
    }
    principles = names.map(Principle.init(rawValue:))
    guard let node = document.required("priority") else { return }
    var priority: [Principle] = []
    for item in node.items ?? [] {
      guard let name = document.text(item, "priority[]") else { continue }
      let principle = Principle(rawValue: name)
      if !names.contains(name) {
        complaints.note("unknown principle \"\(name)\"" + Section.hint(name, among: names), at: item.position)
      } else if priority.contains(principle) {
        complaints.note("\"\(name)\" is listed twice", at: item.position)
      }
      priority.append(principle)
    }
    if node.items == nil { complaints.note("priority must be a list, but is \(node.kind)", at: node.position) }
    for name in names where !priority.contains(Principle(rawValue: name)) {
      complaints.note("priority lacks the principle \"\(name)\"", at: node.position)
    }
    constitution.priority = priority
  }

  private mutating func readLists(_ document: inout Section) {
    var lists: [String: TermList] = [:]
    let neutral = neutral
    document.section("lists") { section in
      for entry in section.entries { lists[entry.key] = TermList(section.texts(entry.key), neutral: neutral) }
    }
    self.lists = lists
  }

  private mutating func readCritics(_ document: inout Section, _ constitution: inout Constitution) {
    guard let node = document.required("critics"), let entries = node.entries else {
      complaints.note("critics must be a mapping", at: document.position)
      return
    }
    let names = entries.map(\.key)
    var matters = Matters()
    var clauses: [String: YAMLPosition] = [:]
    for entry in entries {
      let reader = CharterReader(
        critic: entry.key, names: names, requirement: seats.first { $0.critic == entry.key }, grading: grading,
        principles: principles,
        vocabulary: ConditionVocabulary(
          complaints: complaints, lists: lists, neutral: neutral, detectors: detectors,
          measures: seats.first { $0.critic == entry.key }?.measures ?? []))
      guard let charter = reader.charter(entry, &matters, &clauses) else { continue }
      constitution.critics.append(charter)
    }
    for seat in seats where !names.contains(seat.critic) {
      complaints.note("the critic \"\(seat.critic)\" has no seat; it must have one", at: node.position)
    }
    for (position, words) in matters.circles() { complaints.note(words, at: position) }
    let seated = constitution
    constitution.critics.sort {
      (seated.rank(of: $0.principle), $0.critic) < (seated.rank(of: $1.principle), $1.critic)
    }
  }
}

/// Who leaves which matter to whom. A matter handed round in a circle is owned by nobody.
struct Matters {
  private var hands: [(from: String, to: String, matter: [String], at: YAMLPosition)] = []

  mutating func add(from: String, to: String, _ matter: String, at position: YAMLPosition) {
    hands.append((from, to, TermList.words(matter), position))
  }

  func circles() -> [(YAMLPosition, String)] {
    hands.compactMap { first in
      var seen: Set<String> = []
      var current = first.to
      while seen.insert(current).inserted {
        if current == first.from {
          let matter = first.matter.joined(separator: " ")
          return (first.at, "\"\(matter)\" goes in a circle back to \(first.from), so that nobody owns it")
        }
        guard let next = hands.first(where: { $0.from == current && $0.matter == first.matter }) else { break }
        current = next.to
      }
      return nil
    }
  }
}
