// A trace that stands for a bucket of a histogram, kept in five atomic cells without a lock: a writer makes the sequence
// odd, writes, and makes it even again; a reader that saw an odd or a changed sequence takes nothing (a seqlock).
import Synchronization
import TraceContext

struct Exemplar: Equatable {
  let trace: TraceID
  let value: Int
  let time: WallTime
}

struct ExemplarCells {
  static let count = 5
  private let cells: UnsafeMutablePointer<Atomic<Int>>

  init(_ cells: UnsafeMutablePointer<Atomic<Int>>) { self.cells = cells }

  func write(_ exemplar: Exemplar) {
    let sequence = cells[0].load(ordering: .relaxed)
    // A thread that shares the block is writing just now: its example is as good.
    guard sequence & 1 == 0,
      cells[0].compareExchange(expected: sequence, desired: sequence &+ 1, ordering: .acquiringAndReleasing).exchanged
    else { return }
    cells[1].store(Int(bitPattern: UInt(exemplar.trace.high)), ordering: .releasing)
    cells[2].store(Int(bitPattern: UInt(exemplar.trace.low)), ordering: .releasing)
    cells[3].store(exemplar.value, ordering: .releasing)
    cells[4].store(Int(bitPattern: UInt(exemplar.time.nanoseconds)), ordering: .releasing)
    cells[0].store(sequence &+ 2, ordering: .releasing)
  }

  func read() -> Exemplar? {
    let sequence = cells[0].load(ordering: .acquiring)
    guard sequence > 0, sequence & 1 == 0 else { return nil }
    let high = UInt64(UInt(bitPattern: cells[1].load(ordering: .acquiring)))
    let low = UInt64(UInt(bitPattern: cells[2].load(ordering: .acquiring)))
    let value = cells[3].load(ordering: .acquiring)
    let time = UInt64(UInt(bitPattern: cells[4].load(ordering: .acquiring)))
    guard cells[0].load(ordering: .acquiring) == sequence, let trace = TraceID(high: high, low: low) else { return nil }
    return Exemplar(trace: trace, value: value, time: WallTime(nanoseconds: time))
  }
}
