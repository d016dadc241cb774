// How much a JSON text may ask of its reader.

@usableFromInline
package struct JSONLimits: Hashable, Sendable {
  /// Levels of arrays and objects within one another. A text that goes deeper is refused (`tooDeep`).
  package var maximumDepth: Int
  /// A longer text is refused before it is looked at (`tooLarge`).
  package var maximumBytes: Int
  /// Field errors beyond this many are counted, not kept.
  package var maximumFieldErrors: Int

  /// The most that `maximumDepth` may be, so that a tree of that depth can be built and walked on a thread's stack.
  package static let deepest = 1024
  /// The most that `maximumBytes` may be: places in the text are kept in 32 bits.
  package static let largest = Int(UInt32.max) - 1

  package init(maximumDepth: Int = 128, maximumBytes: Int = 16 << 20, maximumFieldErrors: Int = 100) {
    precondition((1...Self.deepest).contains(maximumDepth) && (0...Self.largest).contains(maximumBytes))
    self.maximumDepth = maximumDepth
    self.maximumBytes = maximumBytes
    self.maximumFieldErrors = maximumFieldErrors
  }

  @usableFromInline package static let standard = JSONLimits()
}
