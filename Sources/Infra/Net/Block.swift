// Memory for bytes on their way in and out: blocks of one size that a loop lends to its connections for as long as they
// have something in them, so that an idle connection holds none.

/// A piece of memory. Whoever holds the block may read what was written before the block was handed on; only its one
/// borrower writes, and only behind what has been handed on. That is why it can be `@unchecked Sendable`.
package final class Block: @unchecked Sendable {
  package let bytes: UnsafeMutableRawPointer
  package let capacity: Int

  package init(capacity: Int) {
    self.capacity = capacity
    bytes = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit { bytes.deallocate() }
}

/// The blocks that a loop has at hand. Belongs to the loop's thread.
package struct BlockPool {
  package let blockSize: Int
  private let spare: Int
  private var free: [Block] = []

  /// Blocks of `blockSize` bytes; at most `spare` of them are kept for the next borrower.
  package init(blockSize: Int, spare: Int) {
    self.blockSize = blockSize
    self.spare = spare
    free.reserveCapacity(spare)
  }

  package mutating func borrow() -> Block { free.popLast() ?? Block(capacity: blockSize) }

  /// Takes a block back. One of another size, or still held by somebody else, or too many, is let go.
  package mutating func giveBack(_ block: consuming Block?) {
    var returned = consume block
    guard isKnownUniquelyReferenced(&returned), free.count < spare, let returned, returned.capacity == blockSize else {
      return
    }
    free.append(returned)
  }
}
