// Every detector against its own examples: `+` must be found, `-` must not, `~` is a disguise that must not help.
import Evidence
import Foundation
import TestSupport
import Testing

struct Example: CustomTestStringConvertible, Sendable {
  enum Expectation: Character, Sendable { case found = "+", absent = "-", disguised = "~" }
  let detector: Detector
  let expectation: Expectation
  let text: String
  var testDescription: String { "\(expectation.rawValue) \(detector.rawValue): \(text)" }

  static let all: [Example] = {
    let folder = Fixtures.packageRoot.appending(path: "Tests/EvidenceTests/Examples")
    return Detector.allCases.flatMap { detector -> [Example] in
      let file = folder.appending(path: "\(detector.rawValue).txt")
      guard let source = try? String(contentsOf: file, encoding: .utf8) else { return [] }
      return source.split(separator: "\n").compactMap { line in
        guard let mark = line.first, let expectation = Expectation(rawValue: mark) else { return nil }
        return Example(detector: detector, expectation: expectation, text: String(line.dropFirst(2)))
      }
    }
  }()
}

extension TextExaminer {
  func strength(of detector: Detector, in text: String) -> Float {
    examine(text).filter { $0.detector == detector }.map(\.strength).max() ?? 0
  }
}

@Suite struct ExampleTests {
  @Test(arguments: Example.all) func anExampleIsJudgedAsItsMarkSays(_ example: Example) {
    let strength = TextExaminer().strength(of: example.detector, in: example.text)
    switch example.expectation {
    case .found, .disguised: #expect(strength >= 0.5)
    case .absent: #expect(strength < 0.35)
    }
  }

  @Test func whatIsFoundIsOfAKnownKind() {
    let examiner = TextExaminer()
    for example in Example.all {
      for finding in examiner.examine(example.text) {
        #expect(finding.detector.kinds.contains(finding.kind), "\(finding.detector.rawValue) \(finding.kind)")
      }
    }
  }

  @Test func theIndexOfADetectorIsItsPlaceInTheList() {
    #expect(Detector.allCases.map(\.index) == Array(Detector.allCases.indices))
  }

  @Test func everyDetectorHasExamplesOfBothKinds() {
    for detector in Detector.allCases {
      let own = Example.all.filter { $0.detector == detector }
      #expect(own.contains { $0.expectation == .found }, "\(detector.rawValue)")
      #expect(own.contains { $0.expectation == .absent }, "\(detector.rawValue)")
    }
  }
}
