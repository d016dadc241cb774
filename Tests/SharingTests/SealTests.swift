// The seal: a value that is not whole, not ours, not for this place or no longer in time is no value.
import Testing

@testable import Sharing

@Suite("Seal")
struct SealTests {
  private let seal = Seal(key: [UInt8](repeating: 7, count: 32))
  private let name = Array("name".utf8)
  private let value = Array("a verdict, say".utf8)

  @Test("what was sealed opens again, empty or long")
  func opens() throws {
    for value in [[], value, [UInt8](repeating: 1, count: 100_000)] {
      let sealed = seal.seal(value, as: .findings, name: name, until: 100)
      #expect(Array(try seal.open(sealed, as: .findings, name: name, at: 99)) == value)
    }
  }

  @Test("whoever changes, cuts or lengthens it anywhere is found out")
  func changed() {
    let sealed = seal.seal(value, as: .findings, name: name, until: 100)
    for place in sealed.indices {
      for bit in 0..<8 {
        var other = sealed
        other[place] ^= 1 << bit
        #expect(throws: Seal.Broken.self) { try seal.open(other, as: .findings, name: name, at: 0) }
      }
    }
    for count in 0..<sealed.count {
      #expect(throws: Seal.Broken.self) { try seal.open(Array(sealed[..<count]), as: .findings, name: name, at: 0) }
    }
    #expect(throws: Seal.Broken.otherLength) { try seal.open(sealed + [0], as: .findings, name: name, at: 0) }
  }

  @Test("it counts under its own name, for its own kind, until its end, and with its own key")
  func bound() {
    let sealed = seal.seal(value, as: .findings, name: name, until: 100)
    #expect(throws: Seal.Broken.wrongCode) { try seal.open(sealed, as: .findings, name: Array("nam".utf8), at: 0) }
    #expect(throws: Seal.Broken.wrongCode) { try seal.open(sealed, as: .change, name: name, at: 0) }
    #expect(throws: Seal.Broken.expired) { try seal.open(sealed, as: .findings, name: name, at: 100) }
    let other = Seal(key: [UInt8](repeating: 8, count: 32))
    #expect(throws: Seal.Broken.wrongCode) { try other.open(sealed, as: .findings, name: name, at: 0) }
  }

  @Test("a name and a value are never taken for another name and value")
  func boundary() {
    let sealed = seal.seal([3, 4], as: .findings, name: [1, 2], until: 100)
    let moved = seal.seal([2, 3, 4], as: .findings, name: [1], until: 100)
    #expect(sealed.suffix(32) != moved.suffix(32))
  }
}
