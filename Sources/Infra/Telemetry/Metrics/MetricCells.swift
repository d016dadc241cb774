// The numbers behind all metrics. Each thread adds in a block of its own and nobody else writes there, so an update is
// one add to memory that no other core touches; only a scrape reads all blocks and sums them. Nothing is ever freed: a
// handle is two words that stay good for the life of the process, and using one counts no references.
import CLinux
import Glibc
import Synchronization

/// `@unchecked Sendable`: the table and the blocks are allocated once and never freed or moved, and every word in them is
/// an atomic.
struct MetricCells: @unchecked Sendable {
  /// Threads beyond this number share a block; their adds are atomic, so they lose nothing but time.
  static let blocks = 64
  /// Cells of one block: all series together have no more.
  static let capacity = 32_768

  /// The address of each block, or 0 before its first thread came.
  private let table: UnsafeMutablePointer<Atomic<UInt>>
  /// The first cell that no series has.
  private let free: UnsafeMutablePointer<Atomic<Int>>

  init() {
    free = .allocate(capacity: 1)
    free.initialize(to: Atomic(0))
    table = .allocate(capacity: Self.blocks)
    for index in 0..<Self.blocks { (table + index).initialize(to: Atomic(0)) }
  }

  /// Takes `count` cells in a row; nil when there are no more.
  func reserve(_ count: Int) -> Int? {
    let first = free.pointee.add(count, ordering: .relaxed).oldValue
    guard first + count <= Self.capacity else {
      free.pointee.subtract(count, ordering: .relaxed)
      return nil
    }
    return first
  }

  /// This thread's own copy of a cell.
  @inline(__always)
  func own(_ cell: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    let index = Int(witan_thread_number() & UInt32(Self.blocks - 1))
    let address = table[index].load(ordering: .acquiring)
    return (block(at: address) ?? makeBlock(index)) + cell
  }

  /// The copy that a value which is set, not added, has for all threads.
  func shared(_ cell: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    (block(at: table[0].load(ordering: .acquiring)) ?? makeBlock(0)) + cell
  }

  func sum(_ cell: Int) -> Int {
    var sum = 0
    forEachBlock { sum &+= $0[cell].load(ordering: .relaxed) }
    return sum
  }

  func forEachBlock(_ body: (UnsafeMutablePointer<Atomic<Int>>) -> Void) {
    for index in 0..<Self.blocks {
      if let block = block(at: table[index].load(ordering: .acquiring)) { body(block) }
    }
  }

  @inline(__always)
  private func block(at address: UInt) -> UnsafeMutablePointer<Atomic<Int>>? {
    UnsafeMutablePointer(bitPattern: address)
  }

  /// Pages of zeros, which are atomics that hold 0 (`Atomic<Int>` has the layout of `Int`); the kernel gives them when
  /// they are first touched. Where two threads come at once, the first one's block stays.
  @inline(never)
  private func makeBlock(_ index: Int) -> UnsafeMutablePointer<Atomic<Int>> {
    let size = Self.capacity * MemoryLayout<Int>.stride
    guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED
    else { fatalError("no memory for metrics") }
    let (exchanged, original) = table[index].compareExchange(
      expected: 0, desired: UInt(bitPattern: memory), ordering: .acquiringAndReleasing)
    if !exchanged {
      munmap(memory, size)
      if let block = block(at: original) { return block }
    }
    return memory.assumingMemoryBound(to: Atomic<Int>.self)
  }
}
