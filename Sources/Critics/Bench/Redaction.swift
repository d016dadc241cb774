// What a rationale quotes of a case is told without the secrets and identifiers that the detectors saw there.
import Engine

enum Redaction {
  /// What stands in their place.
  static let mark = "[redacted]"

  /// Fainter signs are no identifiers.
  private static let faintest = 0.45
  /// Shorter ones give nothing away, and occur in other words.
  private static let least = 4
  /// So much of one that was cut off still counts as it.
  private static let leastBeginning = 6

  /// The text without what was recognised as secret or as an identifier in the case's texts.
  static func redacted(_ rationale: String, _ input: RuleInput) -> String {
    var signs: [Signal] = []
    for detector in ["secrets", "privacy_identifiers"] {
      signs += input.examination.evidence.signals(of: detector).filter { $0.strength >= faintest }
    }
    if signs.isEmpty { return rationale }
    var redacted = rationale
    let texts = input.matter.texts
    for secret in signs.compactMap({ found($0, texts) }).sorted(by: { $0.utf8.count > $1.utf8.count }) {
      if redacted.contains(secret) { redacted = redacted.replacing(secret, with: mark) }
      redacted = withoutBeginning(of: secret, redacted)
    }
    return redacted
  }

  private static func found(_ sign: Signal, _ texts: [TextField]) -> String? {
    guard let text = texts.first(where: { $0.pointer == sign.field })?.text.utf8,
      sign.end - sign.start >= least, sign.end <= text.count
    else { return nil }
    return String(text.dropFirst(sign.start).prefix(sign.end - sign.start))
  }

  /// A quotation that is too long ends in an ellipsis, which may stand within a secret.
  private static func withoutBeginning(of secret: String, _ text: String) -> String {
    var text = text
    var beginning = secret.dropLast()
    while beginning.utf8.count >= leastBeginning {
      if text.contains(beginning + "…") { text = text.replacing(beginning + "…", with: mark + "…") }
      beginning = beginning.dropLast()
    }
    return text
  }
}
