// C2SP tlog-tiles: writing a log as a folder of static files, and checking one, from a folder or over any other way of
// fetching a path.
import Crypto
import Glibc
import Locking
import TransparencyLog

/// Where tiles come from: `checkpoint`, `tile/…`. Nil where there is no such resource.
package protocol TileSource: Sendable {
  func read(_ path: String) throws(LedgerError) -> [UInt8]?
}

package struct TileFolder: TileSource {
  private static let largestFile = 64 << 20

  package let path: String

  package init(path: String) { self.path = path }

  package func read(_ name: String) throws(LedgerError) -> [UInt8]? {
    let full = "\(path)/\(name)"
    let descriptor = open(full, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .storageFailed("\(full): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    let size = Int(fileSize(full))
    guard size <= Self.largestFile else { throw .inconsistent("\(full) is too large for a tile") }
    var filled = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while filled < size {
        let got = Glibc.read(descriptor, buffer.baseAddress.unsafelyUnwrapped + filled, size - filled)
        if got <= 0 { break }
        filled += got
      }
      count = filled
    }
    guard filled == size else { throw .storageFailed("\(full) cannot be read") }
    return bytes
  }

  /// Writes the log as it is now: all tiles, all bundles of entries, and last of all the checkpoint that covers them. What
  /// is there already and full is left as it is, so that a later run adds what is new.
  package func write(_ log: LoggedTree, progress: AuditProgress = { _, _ in }) throws(LedgerError) {
    let snapshot = log.snapshot
    var level = 0
    var hashes = snapshot.size
    while hashes > 0 {
      for index in 0...(hashes / UInt64(Tile.fullWidth)) {
        let width = Int(min(hashes - index * UInt64(Tile.fullWidth), UInt64(Tile.fullWidth)))
        guard let tile = Tile(level: level, index: index, width: width) else { continue }
        try write(tile.path, keeping: width == Tile.fullWidth) { () throws(LedgerError) in try log.tile(tile) }
        if level == 0 {
          try write(tile.entriesPath, keeping: width == Tile.fullWidth) { () throws(LedgerError) in
            try log.entryBundle(tile)
          }
          progress(index * UInt64(Tile.fullWidth) + UInt64(width), snapshot.size)
        }
      }
      hashes >>= UInt64(Tile.height)
      level += 1
    }
    try write("checkpoint", keeping: false) { Array(snapshot.note.utf8) }
  }

  private func write(
    _ name: String, keeping: Bool, _ content: () throws(LedgerError) -> [UInt8]?
  ) throws(LedgerError) {
    let full = "\(path)/\(name)"
    if keeping && fileSize(full) > 0 { return }
    guard let bytes = try content() else { throw .inconsistent("\(name) cannot be made") }
    try makeFolders(of: full)
    // Under a name of its own first: nobody ever reads half a tile.
    let draft = "\(full).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .storageFailed("\(draft): \(String(cString: strerror(errno)))") }
    let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    guard written == bytes.count, rename(draft, full) == 0 else {
      throw .storageFailed("\(full): \(String(cString: strerror(errno)))")
    }
  }

  private func makeFolders(of full: String) throws(LedgerError) {
    var at = full.startIndex
    while let slash = full[at...].dropFirst().firstIndex(of: "/") {
      let folder = String(full[..<slash])
      if !folder.isEmpty && mkdir(folder, 0o755) != 0 && errno != EEXIST {
        throw .storageFailed("\(folder): \(String(cString: strerror(errno)))")
      }
      at = slash
    }
  }
}

extension AuditVerifier {
  /// Checks a whole log from its tiles: every entry against its hash, every tile against the ones below it, the root
  /// against the signature.
  package static func verify(
    tiles source: some TileSource, verifier: NoteVerifier, threads: Int = 2,
    progress: @escaping AuditProgress = { _, _ in }
  ) throws(LedgerError) -> AuditReport {
    var report = AuditReport()
    report.origin = verifier.name
    guard let bytes = try source.read("checkpoint") else { throw .storageFailed("there is no checkpoint") }
    let text = String(decoding: bytes, as: UTF8.self)
    // Whether it is signed is only known once the entries were read, which may endorse the key that signed it.
    guard let head = (try? SignedNote(parsing: text)).flatMap({ Checkpoint(text: $0.text) }) else {
      report.add(nil, "the checkpoint is none")
      return report
    }
    let isSigned = (try? Checkpoint.open(text, origin: verifier.name, verifiers: [verifier])) != nil
    // Nobody is to be kept busy by the size in a note that nobody has signed.
    if !isSigned, let last = Tile.partials(size: head.size).first(where: { $0.level == 0 }) ?? Tile.lastFull(head.size),
      try source.read(last.entriesPath) == nil
    {
      report.add(nil, "the checkpoint is not signed by the key, and \(last.entriesPath) is missing")
      return report
    }
    report.size = head.size
    let count = Int((head.size + UInt64(Tile.fullWidth) - 1) / UInt64(Tile.fullWidth))
    let done = Monitor<UInt64>(0)
    let bundles = inParallel(count, threads: threads) { number in
      let bundle = BundleAudit(source, index: UInt64(number), size: head.size)
      let total = done.withLock { done -> UInt64 in
        done += UInt64(bundle.leaves.count)
        return done
      }
      progress(total, head.size)
      return bundle
    }
    var last: Timestamp?
    for bundle in bundles {
      report.add(bundle.faults)
      report.entries += UInt64(bundle.leaves.count)
      if let last, let first = bundle.firstTime, first < last {
        report.add(bundle.first, "is older than the entry before it")
      }
      last = bundle.lastTime ?? last
    }
    do throws(NoteError) {
      report.checkpoint = try Checkpoint.open(
        text, origin: verifier.name, verifiers: [verifier].following(bundles.flatMap(\.endorsements)))
    } catch {
      report.add(nil, "the checkpoint: \(error)")
    }
    guard bundles.allSatisfy(\.isWhole) else { return report }
    checkTiles(above: bundles, source, head, &report)
    return report
  }

  private static func checkTiles(
    above bundles: [BundleAudit], _ source: some TileSource, _ head: Checkpoint, _ report: inout AuditReport
  ) {
    var frontier = MerkleFrontier()
    var hashes: [Digest] = []
    for bundle in bundles {
      if bundle.leaves.count == Tile.fullWidth {
        let root = Tile.root(of: bundle.leaves[...])
        hashes.append(root)
        frontier.append(subtree: root, height: Tile.height)
      } else {
        for leaf in bundle.leaves { frontier.append(leaf) }
      }
    }
    var level = 1
    while !hashes.isEmpty {
      var above: [Digest] = []
      for start in stride(from: 0, to: hashes.count, by: Tile.fullWidth) {
        let part = hashes[start..<min(start + Tile.fullWidth, hashes.count)]
        guard let tile = Tile(level: level, index: UInt64(start / Tile.fullWidth), width: part.count) else { continue }
        if (try? source.read(tile.path)) != Tile.bytes(of: part) { report.add(nil, "\(tile.path) is missing or wrong") }
        if part.count == Tile.fullWidth { above.append(Tile.root(of: part)) }
      }
      hashes = above
      level += 1
    }
    if frontier.root != head.root {
      report.add(
        nil, "the tree over the \(head.size) entries has the root \(frontier.root), the checkpoint signs \(head.root)")
    }
  }

  /// Checks a proof bundle. The entry is the one that travels in it, or the one given.
  package static func verify(
    proof text: String, entry: [UInt8]? = nil, verifier: NoteVerifier
  ) -> Result<(entry: [UInt8], checkpoint: Checkpoint), NoteError> {
    Result { () throws(NoteError) in
      let bundle = try ProofBundle(parsing: text)
      guard let entry = entry ?? bundle.extra else { throw .malformed("the entry is neither in the bundle nor given") }
      return (entry, try bundle.verify(entry: entry, origin: verifier.name, verifiers: [verifier]))
    }
  }
}

/// One bundle of entries and the tile of their hashes.
private struct BundleAudit: Sendable {
  let first: UInt64
  private(set) var leaves: [Digest] = []
  private(set) var faults: [AuditFault] = []
  private(set) var firstTime: Timestamp?
  private(set) var lastTime: Timestamp?
  private(set) var isWhole = false
  private(set) var endorsements: [KeyEndorsement] = []

  init(_ source: some TileSource, index: UInt64, size: UInt64) {
    first = index * UInt64(Tile.fullWidth)
    let width = Tile.width(level: 0, index: index, size: size)
    guard let tile = Tile(level: 0, index: index, width: width) else { return }
    do throws(LedgerError) {
      try check(tile, source)
    } catch {
      fault(nil, "\(tile.path) or its entries cannot be read: \(error)")
    }
  }

  private mutating func check(_ tile: Tile, _ source: some TileSource) throws(LedgerError) {
    guard let bundle = try source.read(tile.entriesPath) else { return fault(nil, "\(tile.entriesPath) is missing") }
    let ranges = EntryBundle.ranges(in: bundle.span.bytes)
    guard let ranges, ranges.count == tile.width else {
      return fault(nil, "\(tile.entriesPath) does not hold \(tile.width) whole entries")
    }
    for (place, range) in ranges.enumerated() { check(bundle.span.bytes.extracting(range), first + UInt64(place)) }
    isWhole = true
    guard let bytes = try source.read(tile.path), let hashes = Tile.hashes(in: bytes.span.bytes, width: tile.width)
    else { return fault(nil, "\(tile.path) is missing or torn") }
    for place in 0..<tile.width where hashes[place] != leaves[place] {
      fault(first + UInt64(place), "the tree holds another hash for it than its bytes have")
    }
  }

  private mutating func fault(_ index: UInt64?, _ reason: String) {
    faults.append(AuditFault(index: index, reason: reason))
  }

  private mutating func check(_ entry: RawSpan, _ index: UInt64) {
    leaves.append(MerkleHash.leaf(entry))
    guard let header = EntryHeader(entry) else { return fault(index, "is not an entry of a ledger") }
    if header.index != index { fault(index, "says that it is entry \(header.index)") }
    if let lastTime, header.time < lastTime { fault(index, "is older than the entry before it") }
    if firstTime == nil { firstTime = header.time }
    lastTime = header.time
    if let endorsement = header.endorsement(in: entry) { endorsements.append(endorsement) }
  }
}

extension Tile {
  /// The last full tile of level 0 in a tree of `size` leaves, if there is one.
  fileprivate static func lastFull(_ size: UInt64) -> Tile? {
    let count = size / UInt64(fullWidth)
    return count == 0 ? nil : Tile(level: 0, index: count - 1)
  }
}
