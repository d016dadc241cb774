// Paths and widths of tiles, with the examples of C2SP tlog-tiles.
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct TileTests {
  @Test(arguments: [
    (0, 0, 256, "tile/0/000"), (0, 1_234_067, 256, "tile/0/x001/x234/067"), (1, 5, 17, "tile/1/005.p/17"),
    (63, 999, 1, "tile/63/999.p/1"), (2, 1000, 256, "tile/2/x001/000"),
  ])
  func aPathReadsBackAsTheTileThatItNames(level: Int, index: UInt64, width: Int, path: String) throws {
    let tile = try #require(Tile(level: level, index: index, width: width))
    #expect(tile.path == path)
    #expect(Tile.parse(path: path) == .hashes(tile))
  }

  @Test func everySpellingButTheStandardOneIsRefused() {
    for path in [
      "tile/00/000", "tile/64/000", "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/0/001/000", "tile/0/000.p/0",
      "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p", "tile/0/000.p/", "tile//000", "tile/0/", "tile/0", "tile",
      "tile/0/+01", "tile/0/000/", "/tile/0/000", "tile/0/x01/000", "tile/-1/000", "tile/0/x001/x2a4/067",
      "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/entries/000.p/300", "tile/1/x001.p/5",
    ] {
      #expect(Tile.parse(path: path) == nil, "\(path)")
    }
  }

  @Test func entryBundlesHaveThePathsOfTheirHashes() throws {
    let tile = try #require(Tile(level: 0, index: 1234, width: 7))
    #expect(tile.entriesPath == "tile/entries/x001/234.p/7")
    #expect(Tile.parse(path: tile.entriesPath) == .entries(tile))
  }

  @Test(arguments: [21, 22] as [UInt64])
  func pathsOfRandomTilesReadBack(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let index = UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0...63, using: &random)
      let tile = try #require(
        Tile(level: .random(in: 0...63, using: &random), index: index, width: .random(in: 1...256, using: &random)))
      #expect(Tile.parse(path: tile.path) == .hashes(tile), "seed \(seed): \(tile.path)")
    }
  }

  @Test func aTreeOfSeventyThousandHasTheTilesOfTheStandardsExample() {
    #expect(Tile.width(level: 0, index: 272, size: 70_000) == 256)
    #expect(Tile.width(level: 0, index: 273, size: 70_000) == 112)
    #expect(Tile.width(level: 0, index: 274, size: 70_000) == 0)
    #expect(Tile.width(level: 1, index: 0, size: 70_000) == 256)
    #expect(Tile.width(level: 1, index: 1, size: 70_000) == 17)
    #expect(Tile.width(level: 2, index: 0, size: 70_000) == 1)
    #expect(Tile.width(level: 63, index: 0, size: 70_000) == 0)
    #expect(Tile.partials(size: 70_000).map(\.path) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
    #expect(Tile.partials(size: 256).map(\.path) == ["tile/1/000.p/1"])
    #expect(Tile.partials(size: 0).isEmpty)
  }

  @Test func aBundleGivesBackItsEntriesAndATornOneGivesNothing() {
    let entries = [[], [1], Array(repeating: 7, count: 65_535), [1, 2, 3]] as [[UInt8]]
    var bundle: [UInt8] = []
    for entry in entries { EntryBundle.append(entry.span.bytes, to: &bundle) }
    #expect(Array(bundle[2..<5]) == [0, 1, 1])
    func ranges(_ bytes: [UInt8]) -> [Range<Int>]? { EntryBundle.ranges(in: bytes.span.bytes) }
    #expect(ranges(bundle)?.map { Array(bundle[$0]) } == entries)
    #expect(ranges(Array(bundle.dropLast())) == nil)
    #expect(ranges([0]) == nil)
  }
}
