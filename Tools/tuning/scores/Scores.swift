// `evidence-scores`: reads texts from standard input, each as a 32-bit little-endian length and that many bytes of UTF-8,
// and writes one JSON line for each: every detector's strength; with `--kinds` what was found; with `--features` the word
// features that the learned weights are trained on.
import Evidence
import Foundation

@main
enum Scores {
  static func main() {
    let features = CommandLine.arguments.contains("--features")
    let kinds = CommandLine.arguments.contains("--kinds")
    let examiner = TextExaminer()
    var output = Data()
    while let text = next() {
      if features {
        let list = examiner.features(of: text).map(String.init).joined(separator: " ")
        output.append(contentsOf: "\(list)\n".utf8)
      } else {
        output.append(contentsOf: line(examiner.examine(text), kinds: kinds).utf8)
      }
      if output.count > 1 << 16 {
        FileHandle.standardOutput.write(output)
        output.removeAll(keepingCapacity: true)
      }
    }
    FileHandle.standardOutput.write(output)
  }

  private static func line(_ findings: [Finding], kinds: Bool) -> String {
    if kinds {
      let parts = findings.map {
        "[\"\($0.detector.rawValue)\",\"\($0.kind)\",\(($0.strength * 1000).rounded() / 1000),\($0.start),\($0.end)]"
      }
      return "[\(parts.joined(separator: ","))]\n"
    }
    var strengths: [Detector: Float] = [:]
    for finding in findings { strengths[finding.detector] = max(strengths[finding.detector] ?? 0, finding.strength) }
    let parts = strengths.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\"\($0.key.rawValue)\":\($0.value)" }
    return "{\(parts.joined(separator: ","))}\n"
  }

  private static func next() -> String? {
    guard let head = read(4) else { return nil }
    let length = head.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
    guard length > 0 else { return "" }
    return read(length).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func read(_ wanted: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: wanted)
    let got = bytes.withUnsafeMutableBytes { fread($0.baseAddress, 1, wanted, input) }
    return got == wanted ? bytes : nil
  }

  /// C's `stdin` is a mutable global, which Swift 6 refuses; a stream of our own over descriptor 0 is used instead.
  nonisolated(unsafe) private static let input: UnsafeMutablePointer<FILE> = fdopen(0, "rb")
}
