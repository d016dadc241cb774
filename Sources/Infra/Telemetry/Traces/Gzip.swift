// gzip (RFC 1952) in one piece, by zlib.
import CZlib

package enum Gzip {
  /// The compressed bytes; nil for more than can be compressed in one piece (2 GiB).
  package static func compress(_ input: [UInt8]) -> [UInt8]? {
    guard input.count <= Int(Int32.max) else { return nil }
    let bound = Int(witan_gzip_bound(UInt(input.count)))
    let output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = input.withUnsafeBufferPointer { source in
        Int(witan_gzip(source.baseAddress, UInt(source.count), buffer.baseAddress, UInt(bound)))
      }
    }
    return output.isEmpty ? nil : output
  }
}
