// The gatherer of evidence: every text of a case through one pass, all detectors at once. It is a pure function of the
// case; the working memory of a scan is kept in a small pool and given to one call at a time.
import Engine
import Locking

package final class OnePassGatherer: EvidenceGatherer {
  /// Working memories kept for reuse: as many as there may be threads that gather at once; more are made and dropped.
  package static let poolLimit = 64

  // Examiners move between threads, but only through this lock, and are used by one call at a time.
  private struct Pool: @unchecked Sendable {
    var idle: [TextExaminer] = []
  }
  private let pool = Locked(Pool())

  package init() {}

  package let detectors: [String] = Detector.allCases.map(\.rawValue)

  package func gather(_ matter: Case) -> Evidence {
    let examiner = pool.withLock { $0.idle.popLast() } ?? TextExaminer()
    let texts = matter.texts
    var found: [Found] = []
    // A text without a denial cannot deny itself.
    var denying: [Int] = []
    for place in texts.indices {
      Self.add(examiner.examine(texts[place].text), of: place, to: &found)
      if texts[place].source == .output, examiner.sawDenial { denying.append(place) }
    }
    pool.withLock { if $0.idle.count < Self.poolLimit { $0.idle.append(examiner) } }
    ground(matter, denying, &found)
    // Which are dropped at the limit depends on the order in which they were found.
    let isWithinLimit = found.count <= Evidence.limit
    if isWithinLimit { found.sort { Self.precedes($0, $1, texts) } }
    var signals: [Signal] = []
    signals.reserveCapacity(found.count)
    for each in found { signals.append(Self.signal(each.finding, texts[each.place].pointer)) }
    let novelty = Novelty.of(texts)
    return isWithinLimit ? Evidence(inOrder: signals, novelty: novelty) : Evidence(signals, novelty: novelty)
  }

  /// A finding and the text that it was made in, by its place among the texts.
  private struct Found {
    let finding: Finding
    let place: Int
  }

  private static func add(_ findings: [Finding], of place: Int, to found: inout [Found]) {
    if findings.isEmpty { return }
    if found.isEmpty { found.reserveCapacity(findings.count + 8) }
    for finding in findings { found.append(Found(finding: finding, place: place)) }
  }

  /// The order of evidence: by the detector's name, field, place and kind.
  private static func precedes(_ left: Found, _ right: Found, _ texts: [TextField]) -> Bool {
    let (one, other) = (left.finding, right.finding)
    if one.detector != other.detector { return one.detector.rank < other.detector.rank }
    if left.place != right.place { return texts[left.place].pointer < texts[right.place].pointer }
    if one.start != other.start { return one.start < other.start }
    if one.end != other.end { return one.end < other.end }
    return one.kind < other.kind
  }

  private static func signal(_ finding: Finding, _ pointer: String) -> Signal {
    Signal(
      detector: finding.detector.rawValue, strength: Double(finding.strength), field: pointer, start: finding.start,
      end: finding.end, kind: finding.kind)
  }

  /// Claims and output beside the evidence supplied; the output also beside the rest of the context, and beside itself.
  private func ground(_ matter: Case, _ denying: [Int], _ found: inout [Found]) {
    let texts = matter.texts
    let evidence = Grounding.Source(matter.facts.evidence)
    var question = Grounding.Source([])
    if !evidence.isEmpty {
      for place in texts.indices where texts[place].source == .input { question.add(texts[place].text) }
    }
    var context: Grounding.Source?
    for place in texts.indices {
      let isOutput = texts[place].source == .output
      let isClaim = texts[place].source == .context && texts[place].pointer.hasPrefix("/context/claims")
      guard isOutput || isClaim else { continue }
      if !evidence.isEmpty {
        let asked = isClaim ? Grounding.Source([]) : question
        Self.add(
          Grounding.compare(texts[place].text, with: evidence, complete: true, question: asked), of: place, to: &found)
      }
      guard isOutput else { continue }
      if denying.contains(place) {
        Self.add(Grounding.contradictions(within: texts[place].text), of: place, to: &found)
      }
      let rest = context ?? Self.context(of: texts)
      context = rest
      if !rest.isEmpty {
        Self.add(Grounding.compare(texts[place].text, with: rest, complete: false), of: place, to: &found)
      }
    }
  }

  /// What the context says beside the evidence.
  private static func context(of texts: [TextField]) -> Grounding.Source {
    var context = Grounding.Source([])
    for place in texts.indices where texts[place].source == .context {
      if !texts[place].pointer.hasPrefix("/context/evidence") { context.add(texts[place].text) }
    }
    return context
  }
}
