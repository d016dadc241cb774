// The bytes of a text while it is read. In a release they are a bare pointer; in a debug build every byte read and every
// step of the automaton is counted, so that a test can hold the work, and not only the time, to what is linear in the text.

#if DEBUG
  struct TextBytes {
    private let base: UnsafePointer<UInt8>
    private let meter: WorkMeter

    init(_ base: UnsafePointer<UInt8>, _ meter: WorkMeter) {
      self.base = base
      self.meter = meter
    }

    subscript(index: Int) -> UInt8 {
      meter.add(1)
      return base[index]
    }

    /// Where `index` lies, for loads of several bytes at once.
    static func + (bytes: TextBytes, index: Int) -> UnsafePointer<UInt8> {
      bytes.meter.add(8)
      return bytes.base + index
    }
  }

  /// Work done by one scanner, which is used by one thread at a time.
  final class WorkMeter {
    private(set) var work = 0

    func add(_ steps: Int) { work &+= steps }
    func reset() { work = 0 }
  }
#else
  typealias TextBytes = UnsafePointer<UInt8>
#endif
