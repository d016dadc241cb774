// What characters that nobody sees carry or turn around: text behind a right-to-left override is shown backwards, and runs of
// variation selectors can spell out bytes. Both are read as what they hold, like any other text.

struct HiddenRuns {
  /// Runs of one text beyond this number are not read.
  static let runLimit = 16
  /// Longer runs are read to here, in characters.
  static let lengthLimit = 4096
  /// More bytes that stand within tags are not read.
  static let attributesLimit = 16 * 1024
  /// Fewer variation selectors in a row carry nothing: emoji have one each.
  static let leastSelectors = 4
  /// So many invisible characters in a row serve no script.
  static let leastInvisible = 8

  struct Run {
    var bytes: [UInt8]
    /// Where the run lies in the original text.
    var start: Int
    var end: Int
  }

  private(set) var runs: [Run] = []
  private(set) var longestInvisible = 0
  private var invisible = 0
  private var selectors: [UInt8] = []
  private var selectorStart = 0
  private var selectorEnd = 0
  private var reversed: [UInt32] = []
  private var reversedStart = 0
  private(set) var isReversing = false
  private var attributes: [UInt8] = []
  private var attributesStart = 0

  /// Takes an invisible character of `width` bytes.
  mutating func take(invisible scalar: UInt32, at place: Int, _ width: Int) {
    switch scalar {
    case 0x202e:
      lineEnds(at: place)
      (isReversing, reversedStart) = (true, place + width)
    case 0x202c: lineEnds(at: place)
    case 0xfe00...0xfe0f: carry(UInt8(scalar - 0xfe00), place, width)
    case 0xe0100...0xe01ef: carry(UInt8(scalar - 0xe0100 + 16), place, width)
    case 0xad, 0x180e, 0x200b...0x200f, 0x2060...0x2064, 0xfeff:
      invisible += 1
      longestInvisible = max(longestInvisible, invisible)
    default: break
    }
  }

  private mutating func carry(_ byte: UInt8, _ place: Int, _ width: Int) {
    if selectors.isEmpty { selectorStart = place }
    selectorEnd = place + width
    if selectors.count < Self.lengthLimit { selectors.append(byte) }
  }

  /// Takes what stands within a tag of HTML that is read over.
  mutating func take(tag inside: UnsafeBufferPointer<UInt8>, at place: Int) {
    guard !inside.isEmpty, attributes.count + inside.count < Self.attributesLimit else { return }
    if attributes.isEmpty { attributesStart = place }
    attributes += inside
    attributes.append(0x0a)
  }

  /// The text ends at `place`.
  mutating func end(at place: Int) {
    lineEnds(at: place)
    otherCharacter()
    if !attributes.isEmpty { runs.append(Run(bytes: attributes, start: attributesStart, end: place)) }
  }

  /// A visible character ends runs of invisible ones.
  @inline(__always)
  mutating func otherCharacter() {
    invisible = 0
    if !selectors.isEmpty { endSelectors() }
  }

  private mutating func endSelectors() {
    if selectors.count >= Self.leastSelectors, runs.count < Self.runLimit {
      runs.append(Run(bytes: selectors, start: selectorStart, end: selectorEnd))
      longestInvisible = max(longestInvisible, Self.leastInvisible)
    }
    selectors.removeAll(keepingCapacity: true)
  }

  mutating func takeReversed(_ scalar: UInt32) {
    if reversed.count < Self.lengthLimit { reversed.append(scalar) }
  }

  /// The override ends with its own mark or with the line.
  mutating func lineEnds(at place: Int) {
    guard isReversing else { return }
    isReversing = false
    if reversed.count >= 4, runs.count < Self.runLimit {
      let scalars = reversed.reversed().compactMap(Unicode.Scalar.init)
      runs.append(
        Run(bytes: Array(String(String.UnicodeScalarView(scalars)).utf8), start: reversedStart, end: place))
    }
    reversed.removeAll(keepingCapacity: true)
  }
}
