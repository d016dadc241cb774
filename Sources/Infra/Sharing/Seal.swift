// What lies in Redis can be written by anybody who reaches it. So every value is sealed with a key that only the instances
// have: of which kind it is, where it belongs, until when it counts and how long it is are all under its code, and a value
// that was made elsewhere, changed, cut, moved to another name or kept too long is no value.
import Crypto

/// The key that instances share.
package struct Seal: Sendable {
  /// What kind of thing is sealed; a value of one kind is never taken for one of another.
  package enum Kind: UInt8, Sendable { case findings = 1, change = 2, breaker = 3 }

  package enum Broken: Error, Sendable, Hashable {
    case tooShort
    /// Of another format than this program writes.
    case otherFormat
    case otherLength
    case wrongCode
    case expired
  }

  static let format: UInt8 = 1
  /// Format, kind, when it ends, length.
  static let headBytes = 2 + 8 + 4
  static let codeBytes = 32

  private let key: HMACSHA256

  package init(key: RawSpan) { self.key = HMACSHA256(key: key) }

  package init(key: [UInt8]) { self.init(key: key.span.bytes) }

  /// Seals `value` under `name` until `end`, in microseconds since 1970.
  package func seal(_ value: [UInt8], as kind: Kind, name: [UInt8], until end: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headBytes + value.count + Self.codeBytes)
    bytes += [Self.format, kind.rawValue]
    append(UInt64(bitPattern: end), to: &bytes)
    append(UInt32(value.count), to: &bytes)
    bytes += value
    bytes += code(of: bytes[...], name).bytes
    return bytes
  }

  /// The value within, if it is one: of this kind, for this name, whole, in time and sealed with this key.
  package func open(
    _ bytes: [UInt8], as kind: Kind, name: [UInt8], at now: Int64
  ) throws(Broken) -> ArraySlice<UInt8> {
    guard bytes.count >= Self.headBytes + Self.codeBytes else { throw .tooShort }
    guard bytes[0] == Self.format else { throw .otherFormat }
    let length = Int(number(bytes[10..<14]))
    guard bytes.count == Self.headBytes + length + Self.codeBytes else { throw .otherLength }
    let sealed = bytes[..<(Self.headBytes + length)]
    let expected = code(of: sealed, name)
    let given = Array(bytes[sealed.endIndex...])
    guard constantTimeEquals(expected.span.bytes, given.span.bytes), bytes[1] == kind.rawValue else { throw .wrongCode }
    guard Int64(bitPattern: number(bytes[2..<10])) > now else { throw .expired }
    return sealed[Self.headBytes...]
  }

  /// The length of the name stands before it, so that no name and value can be taken for another pair.
  private func code(of sealed: ArraySlice<UInt8>, _ name: [UInt8]) -> Digest {
    var message: [UInt8] = []
    message.reserveCapacity(4 + name.count + sealed.count)
    append(UInt32(name.count), to: &message)
    message += name
    message += sealed
    return key.authenticate(message)
  }

  private func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
