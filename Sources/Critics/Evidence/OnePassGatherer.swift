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
    var signals: [Signal] = []
    // A text without a denial cannot deny itself.
    var denying: Set<String> = []
    for text in matter.texts {
      for finding in examiner.examine(text.text) { signals.append(signal(finding, text.pointer)) }
      if text.source == .output, examiner.sawDenial { denying.insert(text.pointer) }
    }
    pool.withLock { if $0.idle.count < Self.poolLimit { $0.idle.append(examiner) } }
    ground(matter, denying, &signals)
    return Evidence(signals, novelty: Novelty.of(matter.texts))
  }

  private func signal(_ finding: Finding, _ pointer: String) -> Signal {
    Signal(
      detector: finding.detector.rawValue, strength: Double(finding.strength), field: pointer, start: finding.start,
      end: finding.end, kind: finding.kind)
  }

  /// Claims and output beside the evidence supplied; the output also beside the rest of the context, and beside itself.
  private func ground(_ matter: Case, _ denying: Set<String>, _ signals: inout [Signal]) {
    let evidence = Grounding.Source(matter.facts.evidence)
    let question =
      evidence.isEmpty ? evidence : Grounding.Source(matter.texts.filter { $0.source == .input }.map(\.text))
    for text in matter.texts {
      let claim = text.pointer.hasPrefix("/context/claims")
      guard text.source == .output || claim else { continue }
      if !evidence.isEmpty {
        let asked = claim ? Grounding.Source([]) : question
        for finding in Grounding.compare(text.text, with: evidence, complete: true, question: asked) {
          signals.append(signal(finding, text.pointer))
        }
      }
      guard text.source == .output else { continue }
      if denying.contains(text.pointer) {
        for finding in Grounding.contradictions(within: text.text) { signals.append(signal(finding, text.pointer)) }
      }
      let context = matter.texts.filter { $0.source == .context && !$0.pointer.hasPrefix("/context/evidence") }
      if !context.isEmpty {
        let source = Grounding.Source(context.map(\.text))
        for finding in Grounding.compare(text.text, with: source, complete: false) {
          signals.append(signal(finding, text.pointer))
        }
      }
    }
  }
}
