// What is read of a case for one charter is a function of the examination and the charter alone, so it is worked out once
// and serves every critic that asks for it. Nobody's opinion passes this way, and whoever comes first works it out for
// itself: who else sits changes nothing but the time.
import Synchronization

package final class SharedReadings: Sendable {
  private struct Entry {
    let charter: Charter
    let kind: ObjectIdentifier
    let reading: any AnyObject & Sendable
  }

  private let entries = Mutex<[Entry]>([])

  package init() {}

  /// The reading of this charter by critics of this kind, where one was kept.
  package func reading<Reading: AnyObject & Sendable>(of charter: Charter, by kind: Any.Type) -> Reading? {
    let kind = ObjectIdentifier(kind)
    let known = entries.withLock { entries in
      entries.first { $0.kind == kind && $0.charter.identity == charter.identity }?.reading
    }
    return known as? Reading
  }

  /// Keeps a reading that depends on nothing but the examination, the charter and the kind. Where two worked it out at the
  /// same time, they are alike.
  package func keep(_ reading: some AnyObject & Sendable, of charter: Charter, by kind: Any.Type) {
    let entry = Entry(charter: charter, kind: ObjectIdentifier(kind), reading: reading)
    entries.withLock { entries in
      if entries.isEmpty { entries.reserveCapacity(16) }
      entries.append(entry)
    }
  }
}
