// All reviews: a projection of the ledger. Deliberations open them, entries of type `review` answer them, so that no
// restart loses one.
import Crypto
import JSON
import Ledger

package struct ReviewBook: Sendable {
  package private(set) var reviews: [String: Review] = [:]
  /// Those that wait, in the order in which they were opened.
  private var waiting: [String] = []

  package init() {}

  package func review(_ id: String) throws(ReviewRefusal) -> Review {
    guard let review = reviews[id] else { throw .noSuchReview(id) }
    return review
  }

  /// The queue: the higher tier first, then the older.
  package func pending(tier: Tier? = nil) -> [Review] {
    let pending = waiting.compactMap { reviews[$0] }.filter { tier == nil || $0.tier == tier }
    return pending.filter { $0.tier == .determination } + pending.filter { $0.tier == .acknowledgment }
  }

  /// The entries that close the reviews that have run out.
  package func expiries(at now: Timestamp) -> [EntryDraft] {
    waiting.compactMap { reviews[$0]?.expiry(at: now) }
  }

  package mutating func apply(_ entry: LoggedEntry) throws(JSONRefusal) {
    switch entry.type {
    case EntryType.deliberation: try open(entry)
    case EntryType.review:
      let event = try JSONReader.decode(ReviewEvent.self, from: entry.body)
      // An answer is taken into account once; its entry's id carries its number.
      guard reviews[event.review]?.nextEntry == entry.id else { return }
      reviews[event.review]?.apply(event, by: entry.actor, at: entry.time)
      if reviews[event.review]?.isPending == false { waiting.removeAll { $0 == event.review } }
    default: break
    }
  }

  private mutating func open(_ entry: LoggedEntry) throws(JSONRefusal) {
    let opened = try JSONReader.decode(OpenedReview.self, from: entry.body)
    guard let opening = opened.opening, let tier = opened.tier, reviews[opening.id] == nil else { return }
    reviews[opening.id] = Review(
      opening: opening, poster: entry.actor, deliberation: entry.id, index: entry.index, caseHash: opened.caseHash,
      verdict: opened.verdict, tier: tier, opened: entry.time)
    waiting.append(opening.id)
  }
}

/// What a deliberation's body says of its review.
private struct OpenedReview: JSONReadable {
  var caseHash = Digest()
  var verdict = Verdict.deny
  var tier: Tier?
  var opening: ReviewOpening?

  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "case":
        let hex = try reader.string()
        if let digest = Digest(hex: hex) { caseHash = digest } else { reader.refuse("must be a digest in hex") }
      case "gate":
        var gate = try reader.object()
        while let key = try reader.key(&gate) {
          if key == "tier" { tier = try reader.takeNull() ? nil : Tier(rawValue: reader.integer()) }
        }
      case "review": opening = try ReviewOpening(from: &reader)
      case "verdict": verdict = try reader.choice() ?? .deny
      default: break
      }
    }
  }
}

extension ReviewOpening: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var (id, actor) = ("", "")
    var expires: Timestamp?
    var people = 1
    var permitSeconds = 300
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "actor": actor = try reader.string()
      case "expires": expires = Timestamp(text: try reader.string())
      case "id": id = try reader.string()
      case "people": people = try reader.integer(in: 1...100)
      case "permit_seconds": permitSeconds = try reader.integer(in: 1...86_400)
      default: break
      }
    }
    self.init(
      id: id, actor: actor,
      expires: expires ?? reader.missing("expires", of: object, instead: Timestamp(microseconds: 0)), people: people,
      permitSeconds: permitSeconds)
  }
}
