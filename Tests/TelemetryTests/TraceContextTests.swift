// W3C Trace Context: the cases of the standard's own validation service, and laws over random contexts.
import TestSupport
import Testing
import TraceContext

@testable import Telemetry

private let valid = "00-12345678901234567890123456789012-1234567890123456-01"

private func state(_ fields: String...) -> String { TraceState(fields: fields).text }

@Suite struct TraceParents {
  @Test func `a valid field is read, whatever white space is round it`() throws {
    for field in [valid, " \(valid)", "\t\(valid)", "\(valid) ", "\t \(valid) \t"] {
      let context = try #require(SpanContext(traceparent: field))
      #expect(context.trace.description == "12345678901234567890123456789012")
      #expect(context.span.description == "1234567890123456")
      #expect(context.flags == .sampled)
      #expect(context.traceparent == valid)
    }
  }

  @Test(arguments: [
    "", "00", "00-12345678901234567890123456789012-1234567890123456", valid + "-", valid + "-00", valid + ".",
    "00-00000000000000000000000000000000-1234567890123456-01",
    "00-12345678901234567890123456789012-0000000000000000-01",
    "ff-12345678901234567890123456789012-1234567890123456-01",
    "0.-12345678901234567890123456789012-1234567890123456-01",
    ".0-12345678901234567890123456789012-1234567890123456-01",
    "000-12345678901234567890123456789012-1234567890123456-01",
    "0-12345678901234567890123456789012-1234567890123456-01", "00-.2345678901234567890123456789012-1234567890123456-01",
    "00-1234567890123456789012345678901.-1234567890123456-01",
    "00-123456789012345678901234567890123-1234567890123456-01",
    "00-1234567890123456789012345678901-1234567890123456-01", "00-12345678901234567890123456789012-.234567890123456-01",
    "00-12345678901234567890123456789012-123456789012345.-01",
    "00-12345678901234567890123456789012-12345678901234567-01",
    "00-12345678901234567890123456789012-123456789012345-01", "00-12345678901234567890123456789012-1234567890123456-.0",
    "00-12345678901234567890123456789012-1234567890123456-0.",
    "00-12345678901234567890123456789012-1234567890123456-001",
    "00-12345678901234567890123456789012-1234567890123456-1", "00-ABCDEF78901234567890123456789012-1234567890123456-01",
    "00-12345678901234567890123456789012-ABCDEF7890123456-01",
    "00_12345678901234567890123456789012_1234567890123456_01",
    "cc-12345678901234567890123456789012-1234567890123456-01.what",
    "00-é2345678901234567890123456789012-1234567890123456-01",
  ])
  func `a field that breaks a rule is none`(field: String) { #expect(SpanContext(traceparent: field) == nil) }

  @Test func `of a later version the known parts are read`() {
    for tail in ["", "-", "-what-the-future-will-be-like"] {
      let field = "cc-12345678901234567890123456789012-1234567890123456-01" + tail
      #expect(SpanContext(traceparent: field)?.traceparent == valid)
    }
  }

  @Test func `of the flags only the known ones are passed on`() {
    let field = "00-12345678901234567890123456789012-1234567890123456-"
    #expect(SpanContext(traceparent: field + "ff")?.flags == [.sampled, .random])
    #expect(SpanContext(traceparent: field + "fe")?.flags == .random)
    #expect(SpanContext(traceparent: field + "00")?.flags == [])
  }

  @Test func `two fields are none, and none takes its state with it`() {
    #expect(SpanContext(traceparent: [valid, valid], tracestate: []) == nil)
    #expect(SpanContext(traceparent: [], tracestate: ["a=1"]) == nil)
    #expect(SpanContext(traceparent: ["x"], tracestate: ["a=1"]) == nil)
    #expect(SpanContext(traceparent: [valid], tracestate: ["a=1", "b=2"])?.state.text == "a=1,b=2")
  }

  @Test func `what is written reads back as itself, and any change of a byte is noticed or harmless`() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let context = SpanContext(
        trace: .random(using: &generator), span: .random(using: &generator),
        flags: TraceFlags(rawValue: UInt8.random(in: 0...3, using: &generator)))
      #expect(SpanContext(traceparent: context.traceparent) == context)
      var bytes = Array(context.traceparent.utf8)
      bytes[Int.random(in: 0..<55, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      if let read = SpanContext(traceparent: String(decoding: bytes, as: UTF8.self)) {
        #expect(read.traceparent.utf8.count == 55)
      }
    }
  }
}

@Suite struct TraceStates {
  private static let keyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
  private static let value = String(
    decoding: (0x20...0x7E).filter { $0 != 0x2C && $0 != 0x3D }.map { UInt8($0) }, as: UTF8.self)

  @Test func `members are kept in order over all fields, white space round them dropped`() {
    #expect(state("foo=1,bar=2") == "foo=1,bar=2")
    #expect(state("foo=1,bar=2", "rojo=1,congo=2", "baz=3") == "foo=1,bar=2,rojo=1,congo=2,baz=3")
    #expect(state("foo=1 \t , \t bar=2, \t baz=3") == "foo=1,bar=2,baz=3")
    #expect(state("\t foo=1 \t") == "foo=1")
    #expect(state("", "foo=1", "") == "foo=1")
    #expect(state("foo=1,,bar=2,") == "foo=1,bar=2")
    #expect(state("foo= 1") == "foo= 1")
    #expect(state("") == "")
  }

  @Test func `every character that the standard allows is allowed`() {
    #expect(state("\(Self.keyCharacters)=\(Self.value)") == "\(Self.keyCharacters)=\(Self.value)")
    #expect(state("\(Self.keyCharacters)@a-z0-9_-*/=1") == "\(Self.keyCharacters)@a-z0-9_-*/=1")
    #expect(state("0key=1") == "0key=1")
  }

  @Test(arguments: [
    "foo=1,foo=1", "foo=1,bar=2,foo=3", "foo =1", "FOO=1", "foo.bar=1", "foo@=1,bar=2", "@foo=1,bar=2",
    "foo@@bar=1,bar=2",
    "foo@bar@baz=1,bar=2", "foo=bar=baz", "foo=,bar=3", "foo", "=1", "foo=é", "foo=\u{7F}", "foo=a\tb", "_foo=1",
  ])
  func `a list that breaks a rule is dropped whole`(field: String) { #expect(state(field) == "") }

  @Test func `lengths and the number of members have bounds`() {
    func key(_ count: Int, _ letter: String = "z") -> String { String(repeating: letter, count: count) }
    #expect(state("foo=1", "\(key(256))=1").hasPrefix("foo=1,zz"))
    #expect(state("foo=1", "\(key(257))=1") == "")
    #expect(state("foo=1", "\(key(241, "t"))@\(key(14, "v"))=1").hasPrefix("foo=1,tt"))
    #expect(state("foo=1", "\(key(242, "t"))@v=1") == "")
    #expect(state("foo=1", "t@\(key(15, "v"))=1") == "")
    #expect(state("foo=\(key(256))") != "")
    #expect(state("foo=\(key(257))") == "")
    let many = (0..<33).map { "bar\($0)=\($0)" }
    #expect(state(many.prefix(32).joined(separator: ",")).split(separator: ",").count == 32)
    #expect(state(many.joined(separator: ",")) == "")
  }

  @Test func `a list too long to carry loses its longest members first, then the last`() {
    let members = (0..<32).map { "k\($0)=" + String(repeating: "v", count: $0 == 5 ? 250 : 60) }
    let kept = state(members.joined(separator: ","))
    #expect(kept.utf8.count <= TraceState.byteLimit && kept.utf8.count > 512)
    #expect(!kept.contains("k5="))
    #expect(kept.hasPrefix("k0="))
  }
}

@Suite struct Sampling {
  @Test func `an identifier is read back from its text, and from nothing else`() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<100 {
      let trace = TraceID.random(using: &generator)
      #expect(TraceID(trace.description) == trace)
    }
    for text in [
      "", "0", String(repeating: "0", count: 32), String(repeating: "g", count: 32), String(repeating: "1", count: 33),
    ] {
      #expect(TraceID(text) == nil, "\(text)")
    }
  }

  @Test func `a parent's decision is followed, and without one the ratio decides`() throws {
    let parent = try #require(SpanContext(traceparent: valid))
    let silent = SpanContext(trace: parent.trace, span: parent.span, flags: [])
    for (name, withParent, withSilent) in [
      (SamplerName.alwaysOn, true, true), (.alwaysOff, false, false), (.parentOrOn, true, false),
      (.parentOrOff, true, false),
    ] {
      #expect(Sampler(name).isTaken(parent.trace, parent: parent) == withParent)
      #expect(Sampler(name).isTaken(parent.trace, parent: silent) == withSilent)
    }
    #expect(Sampler(.parentOrRatio, ratio: 0).isTaken(parent.trace, parent: parent))
    #expect(!Sampler(.parentOrRatio, ratio: 1).isTaken(parent.trace, parent: silent))
  }

  @Test func `the ratio is kept, and a larger ratio takes all that a smaller one takes`() {
    var generator = SeededGenerator(seed: 8)
    let traces = (0..<20_000).map { _ in TraceID.random(using: &generator) }
    for ratio in [0.0, 0.01, 0.25, 0.5, 1.0] {
      let taken = traces.count { Sampler(.ratio, ratio: ratio).isTaken($0, parent: nil) }
      #expect(abs(Double(taken) / 20_000 - ratio) < 0.015)
    }
    let isMonotone = traces.allSatisfy {
      !Sampler(.ratio, ratio: 0.1).isTaken($0, parent: nil) || Sampler(.ratio, ratio: 0.3).isTaken($0, parent: nil)
    }
    #expect(isMonotone)
  }
}
