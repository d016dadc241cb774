// The chunked transfer coding (RFC 9112, section 7.1), read byte by byte around the data and in one piece within it.
// Strict about every CR and LF; extensions are checked and dropped; trailers are bounded and kept for whoever asks.

struct ChunkDecoder {
  enum Step: Equatable {
    /// This range of the input is data of the body.
    case data(Range<Int>)
    /// All of the input has been used up.
    case needsInput
    /// The body ended before this offset.
    case finished(Int)
    case refused(Refusal)
  }

  private enum State {
    case sizeStart, size, afterSize, extensionName, extensionNameOn, afterName, extensionValue, extensionToken
    case quoted, quotedPair, afterValue, sizeLineFeed
    case data, dataReturn, dataLineFeed
    case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed, ended
  }

  private var state = State.sizeStart
  private var remaining = 0
  private var sizeDigits = 0
  private var extensionBytes = 0
  private var trailerCount = 0
  private let extensionLimit: Int
  private let trailerLimit: Int
  private let trailerCountLimit: Int
  /// The trailer section as it came, empty in most messages.
  private(set) var trailers: [UInt8] = []

  init(extensionLimit: Int, trailerLimit: Int, trailerCountLimit: Int) {
    self.extensionLimit = extensionLimit
    self.trailerLimit = trailerLimit
    self.trailerCountLimit = trailerCountLimit
  }

  /// Reads `bytes` from `begin` on, up to the next piece of data or the end of what there is. After `.data` the caller
  /// goes on behind it.
  mutating func next(_ bytes: UnsafePointer<UInt8>, _ begin: Int, _ end: Int) -> Step {
    var index = begin
    while index < end {
      if state == .data {
        let count = min(remaining, end &- index)
        remaining &-= count
        if remaining == 0 { state = .dataReturn }
        return .data(index..<index &+ count)
      }
      if let refusal = take(bytes[index]) { return .refused(Refusal(.badRequest, refusal)) }
      index &+= 1
      if state == .ended { return .finished(index) }
    }
    return .needsInput
  }

  private mutating func take(_ byte: UInt8) -> String? {
    switch state {
    case .sizeStart, .size, .afterSize, .sizeLineFeed: return takeSize(byte)
    case .extensionName, .extensionNameOn, .afterName, .extensionValue, .extensionToken, .quoted, .quotedPair,
      .afterValue:
      return takeExtension(byte)
    case .dataReturn:
      guard byte == 0x0d else { return "chunk data is longer than its size" }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == 0x0a else { return "chunk data does not end with CRLF" }
      state = .sizeStart
      sizeDigits = 0
    case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed: return takeTrailer(byte)
    case .data, .ended: break
    }
    return nil
  }

  private mutating func takeSize(_ byte: UInt8) -> String? {
    if state == .sizeLineFeed {
      guard byte == 0x0a else { return "a chunk size does not end with CRLF" }
      state = remaining > 0 ? .data : .trailerStart
      return nil
    }
    if state != .afterSize, let digit = hexadecimal(byte) {
      // Fifteen digits fit; more are refused whatever they are, leading zeros included.
      guard sizeDigits < 15 else { return "a chunk size is too long" }
      remaining = (sizeDigits == 0 ? 0 : remaining << 4) | Int(digit)
      sizeDigits += 1
      state = .size
      return nil
    }
    guard state != .sizeStart else { return "a chunk size is not hexadecimal" }
    switch byte {
    case 0x0d where state == .size: state = .sizeLineFeed
    case 0x3b: state = .extensionName
    // Bad white space is tolerated where the grammar has it: before a semicolon, not before the end of the line.
    case 0x20, 0x09: state = .afterSize
    default: return "a chunk size is not hexadecimal"
    }
    return count(extension: byte)
  }

  /// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
  private mutating func takeExtension(_ byte: UInt8) -> String? {
    let isToken = ByteSet.token.contains(byte)
    let isSpace = byte == 0x20 || byte == 0x09
    switch state {
    case .extensionName where isToken: state = .extensionNameOn
    case .extensionName where isSpace: break
    case .extensionNameOn where isToken: break
    case .extensionNameOn where isSpace, .afterName where isSpace: state = .afterName
    case .extensionNameOn where byte == 0x3d, .afterName where byte == 0x3d: state = .extensionValue
    case .extensionNameOn where byte == 0x3b, .afterName where byte == 0x3b: state = .extensionName
    case .extensionNameOn where byte == 0x0d: state = .sizeLineFeed
    case .extensionValue where isToken: state = .extensionToken
    case .extensionValue where isSpace: break
    case .extensionValue where byte == 0x22: state = .quoted
    case .extensionToken where isToken: break
    case .extensionToken where isSpace, .afterValue where isSpace: state = .afterValue
    case .extensionToken where byte == 0x3b, .afterValue where byte == 0x3b: state = .extensionName
    case .extensionToken where byte == 0x0d, .afterValue where byte == 0x0d && quoteJustClosed: state = .sizeLineFeed
    case .quoted where byte == 0x22:
      state = .afterValue
      quoteJustClosed = true
      return count(extension: byte)
    case .quoted where byte == 0x5c: state = .quotedPair
    case .quoted where isFieldByte(byte): break
    case .quotedPair where isFieldByte(byte): state = .quoted
    default: return "a malformed chunk extension"
    }
    quoteJustClosed = false
    return count(extension: byte)
  }

  /// A quoted value may be followed by the end of the line, white space may not.
  private var quoteJustClosed = false

  private mutating func count(extension byte: UInt8) -> String? {
    if byte == 0x0d { return nil }
    extensionBytes += 1
    return extensionBytes > extensionLimit ? "chunk extensions are longer than \(extensionLimit) bytes" : nil
  }

  private mutating func takeTrailer(_ byte: UInt8) -> String? {
    switch state {
    case .trailerStart where byte == 0x0d: state = .endLineFeed
    case .trailerStart where ByteSet.token.contains(byte):
      trailerCount += 1
      guard trailerCount <= trailerCountLimit else { return "more than \(trailerCountLimit) trailer fields" }
      state = .trailerName
    case .trailerName where ByteSet.token.contains(byte): break
    case .trailerName where byte == 0x3a: state = .trailerValue
    case .trailerValue where byte == 0x0d: state = .trailerLineFeed
    case .trailerValue where isFieldByte(byte): break
    case .trailerLineFeed where byte == 0x0a: state = .trailerStart
    case .endLineFeed where byte == 0x0a:
      state = .ended
      return nil
    default: return "a malformed trailer section"
    }
    guard state != .endLineFeed else { return nil }
    guard trailers.count < trailerLimit else { return "trailers are longer than \(trailerLimit) bytes" }
    trailers.append(byte)
    return nil
  }
}
