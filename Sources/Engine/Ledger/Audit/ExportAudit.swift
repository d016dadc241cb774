// Checks an export (see LedgerExport), line by line in constant memory, with nothing but the log's public key.
import Crypto
import Glibc
import JSON
import TransparencyLog

extension AuditVerifier {
  /// Checks the export in a file. `expected` is how many entries it may hold, for the progress; it need not be right.
  package static func verify(
    export path: String, verifier: NoteVerifier, progress: @escaping AuditProgress = { _, _ in }
  ) throws(LedgerError) -> AuditReport {
    var lines = try FileLines(path: path)
    var audit = ExportAudit(verifier)
    while let line = try lines.next() {
      audit.take(line.span.bytes)
      if audit.report.entries & 0xFFFF == 0 { progress(lines.position, lines.length) }
    }
    progress(lines.length, lines.length)
    return audit.finish()
  }
}

/// An export in the course of being checked: fed with its lines in order.
package struct ExportAudit {
  private enum Place { case header, entries, end }

  private let verifier: NoteVerifier
  private var place = Place.header
  private var frontier = MerkleFrontier()
  private var lastTime: Timestamp?
  private var endorsements: [KeyEndorsement] = []
  package private(set) var report = AuditReport()

  package init(_ verifier: NoteVerifier) {
    self.verifier = verifier
    report.origin = verifier.name
  }

  /// The next line, without its line feed.
  package mutating func take(_ line: RawSpan) {
    switch place {
    case .header:
      place = .entries
      readHeader(line)
    case .entries:
      if line.starts(with: "{\"entry\":") { readEntry(line) } else { readTrailer(line) }
    case .end: report.add(nil, "lines follow the checkpoint")
    }
  }

  /// The report, after the last line.
  package mutating func finish() -> AuditReport {
    if place != .end {
      report.add(nil, "the export ends without a checkpoint: it was cut off after entry \(frontier.size)")
    }
    return report
  }

  private mutating func readHeader(_ line: RawSpan) {
    let header = try? JSONReader.decode(line) { reader throws(JSONError) -> (UInt64, [Digest], String) in
      var from: UInt64 = 0
      var before: [Digest] = []
      var origin = ""
      var object = try reader.object()
      while let key = try reader.key(&object) {
        switch key {
        case "from": from = try reader.unsigned()
        case "before": before = try Self.hashes(&reader)
        case "origin": origin = try reader.string()
        default: try reader.skip()
        }
      }
      return (from, before, origin)
    }
    guard let (from, before, origin) = header, let frontier = MerkleFrontier(size: from, peaks: before) else {
      return report.add(nil, "the first line is not the header of an export")
    }
    if origin != verifier.name { report.add(nil, "it is an export of \(origin), not of \(verifier.name)") }
    self.frontier = frontier
  }

  private static func hashes(_ reader: inout JSONReader) throws(JSONError) -> [Digest] {
    try reader.strings(maximumCount: 128).compactMap { Base64.decode($0).flatMap { Digest($0) } }
  }

  private mutating func readEntry(_ line: RawSpan) {
    let index = frontier.size
    // {"entry":…,"leaf_hash":"<64 digits>"}
    let prefix = 9
    let suffix = 80
    guard line.byteCount > prefix + suffix,
      line.extracting(last: suffix).starts(with: ",\"leaf_hash\":\"")
    else { return report.add(index, "its line is not that of an entry") }
    let entry = line.extracting(prefix..<line.byteCount - suffix)
    let leaf = MerkleHash.leaf(entry)
    let stated = line.extracting(line.byteCount - 66..<line.byteCount - 2)
    if stated.withUnsafeBytes({ !$0.elementsEqual(leaf.hex.utf8) }) {
      report.add(index, "its bytes do not have the hash that stands beside them")
    }
    if let header = EntryHeader(entry) {
      if header.index != index { report.add(index, "says that it is entry \(header.index)") }
      if let lastTime, header.time < lastTime { report.add(index, "is older than the entry before it") }
      lastTime = header.time
      if let endorsement = header.endorsement(in: entry) { endorsements.append(endorsement) }
    } else {
      report.add(index, "is not an entry of a ledger")
    }
    frontier.append(leaf)
    report.entries += 1
  }

  private mutating func readTrailer(_ line: RawSpan) {
    place = .end
    let trailer = try? JSONReader.decode(line) { reader throws(JSONError) -> (String, [Digest], UInt64) in
      var note = ""
      var proof: [Digest] = []
      var end: UInt64 = 0
      var object = try reader.object()
      while let key = try reader.key(&object) {
        switch key {
        case "checkpoint": note = try reader.string()
        case "consistency": proof = try Self.hashes(&reader)
        case "to": end = try reader.unsigned()
        default: try reader.skip()
        }
      }
      return (note, proof, end)
    }
    guard let (note, proof, end) = trailer else {
      return report.add(frontier.size, "its line is neither that of an entry nor that of a checkpoint")
    }
    if end != frontier.size { report.add(nil, "the export ends with entry \(frontier.size), and says \(end)") }
    let head: Checkpoint
    do {
      head = try Checkpoint.open(note, origin: verifier.name, verifiers: [verifier].following(endorsements))
    } catch {
      return report.add(nil, "the checkpoint: \(error)")
    }
    report.checkpoint = head
    report.size = head.size
    let holds: Bool
    if frontier.size == head.size || frontier.size == 0 {
      holds = proof.isEmpty && (frontier.size == 0 || frontier.root == head.root)
    } else {
      holds = ConsistencyProof(oldSize: frontier.size, size: head.size, hashes: proof)
        .verifies(oldRoot: frontier.root, root: head.root)
    }
    if !holds {
      report.add(nil, "the entries do not lead to the root that the checkpoint of \(head.size) entries signs")
    }
  }
}

extension RawSpan {
  func starts(with text: StaticString) -> Bool {
    byteCount >= text.utf8CodeUnitCount
      && withUnsafeBytes { memcmp($0.baseAddress.unsafelyUnwrapped, text.utf8Start, text.utf8CodeUnitCount) == 0 }
  }
}

/// The lines of a file, read in large pieces.
struct FileLines: ~Copyable {
  /// An entry has at most 65,535 bytes.
  private static let longestLine = 256 << 10
  private static let pieceBytes = 1 << 20

  private let descriptor: Int32
  private let path: String
  let length: UInt64
  private(set) var position: UInt64 = 0
  private var buffer: [UInt8] = []
  private var start = 0

  init(path: String) throws(LedgerError) {
    descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .storageFailed("\(path): \(String(cString: strerror(errno)))") }
    self.path = path
    length = fileSize(path)
  }

  deinit { Glibc.close(descriptor) }

  /// The next line without its line feed; nil at the end.
  mutating func next() throws(LedgerError) -> [UInt8]? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { start = end + 1 }
        position += UInt64(end + 1 - start)
        return Array(buffer[start..<end])
      }
      searched = buffer.count - start
      guard searched <= Self.longestLine else { throw .inconsistent("\(path) has a line that is too long") }
      buffer.removeFirst(start)
      start = 0
      let count = buffer.count
      buffer.append(contentsOf: repeatElement(0, count: Self.pieceBytes))
      let got = buffer.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.unsafelyUnwrapped + count, Self.pieceBytes)
      }
      guard got >= 0 else { throw .storageFailed("\(path): \(String(cString: strerror(errno)))") }
      buffer.removeLast(Self.pieceBytes - got)
      if got == 0 {
        // A last line without a line feed.
        guard !buffer.isEmpty else { return nil }
        defer { buffer = [] }
        return buffer
      }
    }
  }
}
