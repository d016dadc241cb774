// A batch line by line. While the ledger writes one group of lines, the next is decided; what has come in the meantime makes
// up the group, so that groups are large where many lines wait and small where somebody waits for each answer. No more is
// read than is being worked on: two groups, and at the socket the client feels it.
import Engine
import HTTP
import Resilience

struct BatchLines {
  let routes: BatchRoutes
  let exchange: Exchange

  /// Groups that are not answered yet: one that is being decided, and one with the ledger or on its way out.
  private static let mostUnderWay = 2
  /// Lines that are decided together. More would be faster by little, and need more memory.
  private static let mostLines = 128
  /// Bytes of lines that are decided together; a single longer line still is, alone.
  private static let mostBytes = 256 << 10

  func run(to body: BodyWriter) async throws {
    var lines = LineBuffer(limit: DeliberationRoutes.largestCase)
    var gathered: ArraySlice<[UInt8]> = []
    var underWay: [Task<[UInt8], Never>] = []
    do {
      while true {
        try await gather(&gathered, &lines)
        let mayBegin = underWay.count < (routes.headroom.holdsBatchesBack ? 1 : Self.mostUnderWay)
        if !gathered.isEmpty, mayBegin {
          if routes.headroom.holdsBatchesBack { await routes.headroom.giveWay() }
          let group = Self.group(&gathered)
          // Lines may come for hours: the time of a request is that of each group.
          underWay.append(answers(to: await Deadline.within(exchange.time) { await routes.begin(group, exchange) }))
        } else if !underWay.isEmpty {
          try await body.write(await underWay.removeFirst().value)
        } else if let piece = try await exchange.request.body.next() {
          gathered += try lines.take(piece)
        } else if let last = lines.rest() {
          gathered.append(last)
        } else {
          return
        }
      }
    } catch {
      // What the ledger has been given is answered as far as it still reaches anybody.
      for answers in underWay { try? await body.write(await answers.value) }
      throw error
    }
  }

  /// The lines for a group, made beside the deciding of the next one. In a task of its own, which ends whatever becomes of the
  /// connection.
  private func answers(to begun: CasesUnderWay) -> Task<[UInt8], Never> {
    Task { await routes.lines(of: await routes.conclude(begun), exchange) }
  }

  /// Takes what has come already.
  private func gather(_ gathered: inout ArraySlice<[UInt8]>, _ lines: inout LineBuffer) async throws {
    var bytes = gathered.reduce(0) { $0 + $1.count }
    while gathered.count < Self.mostLines, bytes < Self.mostBytes,
      let piece = try await exchange.request.body.nextAtHand()
    {
      bytes += piece.count
      gathered += try lines.take(piece)
    }
  }

  /// The next lines that are decided together.
  private static func group(_ gathered: inout ArraySlice<[UInt8]>) -> [[UInt8]] {
    let group = Array(gathered.prefix(mostLines))
    gathered = gathered.dropFirst(group.count)
    return group
  }
}
