// Which addresses may be called. A URL can come from somebody who would like us to knock at doors that only we can reach
// (server-side request forgery), so the address itself is judged, at the moment of connecting, whatever name led to it.
import Glibc
import Net

/// What kind of place an address is, by IANA's special-purpose registries (RFC 6890) and the clouds' own conventions.
package enum AddressKind: String, Sendable, CaseIterable {
  case global
  case loopback
  /// RFC 1918, RFC 4193, shared (RFC 6598), benchmarking (RFC 2544) and the old site-local addresses.
  case `private`
  case linkLocal = "link-local"
  /// Where a cloud tells its machines their secrets.
  case metadata
  case multicast
  case unspecified
  /// Documentation, protocol assignments, tunnels and what nobody has been given.
  case reserved
}

package struct AddressPolicy: Sendable, Equatable {
  package var allowsLoopback: Bool
  package var allowsPrivate: Bool

  package init(allowsLoopback: Bool = false, allowsPrivate: Bool = false) {
    self.allowsLoopback = allowsLoopback
    self.allowsPrivate = allowsPrivate
  }

  package func allows(_ kind: AddressKind) -> Bool {
    switch kind {
    case .global: true
    case .loopback: allowsLoopback
    case .private: allowsPrivate
    case .linkLocal, .metadata, .multicast, .unspecified, .reserved: false
    }
  }
}

extension AddressKind {
  package init(_ address: SocketAddress) {
    if address.isVersionFour {
      self = Self.kind(four: UInt32(truncatingIfNeeded: address.low))
    } else {
      self = Self.kind(high: address.high, low: address.low)
    }
  }

  private struct Block {
    let bits: UInt32
    let length: UInt32
    let kind: AddressKind

    init(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ length: UInt32, _ kind: AddressKind) {
      bits = a << 24 | b << 16 | c << 8 | d
      self.length = length
      self.kind = kind
    }

    func contains(_ address: UInt32) -> Bool { (address ^ bits) >> (32 - length) == 0 }
  }

  /// The first that contains an address decides.
  private static let blocks = [
    Block(169, 254, 169, 254, 32, .metadata), Block(169, 254, 170, 2, 32, .metadata),
    Block(100, 100, 100, 200, 32, .metadata), Block(168, 63, 129, 16, 32, .metadata),
    Block(192, 0, 0, 192, 32, .metadata),
    Block(0, 0, 0, 0, 8, .unspecified), Block(127, 0, 0, 0, 8, .loopback), Block(10, 0, 0, 0, 8, .private),
    Block(172, 16, 0, 0, 12, .private), Block(192, 168, 0, 0, 16, .private), Block(100, 64, 0, 0, 10, .private),
    Block(198, 18, 0, 0, 15, .private), Block(169, 254, 0, 0, 16, .linkLocal), Block(192, 0, 0, 0, 24, .reserved),
    Block(192, 0, 2, 0, 24, .reserved), Block(192, 88, 99, 0, 24, .reserved), Block(198, 51, 100, 0, 24, .reserved),
    Block(203, 0, 113, 0, 24, .reserved), Block(224, 0, 0, 0, 4, .multicast), Block(240, 0, 0, 0, 4, .reserved),
  ]

  private static func kind(four address: UInt32) -> AddressKind {
    blocks.first { $0.contains(address) }?.kind ?? .global
  }

  private static func kind(high: UInt64, low: UInt64) -> AddressKind {
    if high == 0 {
      if low <= 1 { return low == 0 ? .unspecified : .loopback }
      // Mapped (RFC 4291 section 2.5.5.2); the compatible form beside it is deprecated and means nothing.
      return low >> 32 == 0xffff ? kind(four: UInt32(truncatingIfNeeded: low)) : .reserved
    }
    if high == 0xfd00_0ec2_0000_0000, low == 0x254 { return .metadata }
    if high == 0xfd20_00ce_0000_0000, low == 0x254 { return .metadata }
    switch high >> 48 {
    // Translated to IPv4 by the network (RFC 6052), or tunnelled to it (RFC 3056): what counts is where that leads.
    case 0x0064 where high == 0x0064_ff9b_0000_0000 && low >> 32 == 0:
      return kind(four: UInt32(truncatingIfNeeded: low))
    case 0x2002: return kind(four: UInt32(truncatingIfNeeded: high >> 16))
    case 0x2001 where high >> 41 == 0x2001_0000_0000_0000 >> 41: return .reserved
    case 0x2001 where high >> 32 == 0x2001_0db8: return .reserved
    case 0xfe80...0xfebf: return .linkLocal
    case 0xfec0...0xfeff, 0xfc00...0xfdff: return .private
    case 0xff00...0xffff: return .multicast
    // Only 2000::/3 has been given out.
    case 0x2000...0x3fff: return .global
    default: return .reserved
    }
  }
}
