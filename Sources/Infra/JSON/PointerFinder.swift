// Finds the JSON Pointers of wrong fields after the fact, so that reading need not keep track of where it is.

/// A field error as the reader notes it: where the value (or key) begins, not yet what it is called.
struct Problem {
  var offset: Int
  /// The name of a member that is missing from the object at `offset`.
  var member: String?
  var message: String

  init(offset: Int, member: String? = nil, message: String) {
    self.offset = offset
    self.member = member
    self.message = message
  }
}

/// One walk over a text that the reader has found well-formed.
struct PointerFinder: ~Copyable, ~Escapable {
  private enum Step {
    case member(offset: Int)
    case element(index: Int)
    case objectStart
  }

  private let bytes: RawSpan
  private var path: [Step] = []

  @_lifetime(copy bytes)
  private init(_ bytes: RawSpan) { self.bytes = bytes }

  /// A pointer longer than this is not made: names may be as long as the text, and an answer may name many.
  private static let longestPointer = 1024

  /// The errors with their pointers, in the order of their places in the text, without those whose pointer is too long.
  static func resolve(_ problems: [Problem], in bytes: RawSpan) -> [FieldErrors.Item] {
    var finder = PointerFinder(bytes)
    var items: [FieldErrors.Item] = []
    var waiting = problems.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }[...]
    var position = 0
    while let problem = waiting.first?.element {
      finder.advance(from: &position, to: problem.offset)
      if var pointer = finder.pointer() {
        if let member = problem.member { pointer.append(member) }
        items.append(FieldErrors.Item(pointer: pointer, message: problem.message))
      }
      waiting.removeFirst()
    }
    return items
  }

  /// Walks until the value or key at `target` begins.
  private mutating func advance(from position: inout Int, to target: Int) {
    while position < bytes.byteCount {
      switch bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self) {
      case UInt8(ascii: "{"):
        if position == target { return }
        path.append(.objectStart)
      case UInt8(ascii: "["):
        if position == target { return }
        path.append(.element(index: 0))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        path.removeLast()
      case UInt8(ascii: ","):
        switch path.removeLast() {
        case .element(let index): path.append(.element(index: index + 1))
        case .member, .objectStart: path.append(.objectStart)
        }
      case UInt8(ascii: "\""):
        if case .objectStart = path.last { path[path.count - 1] = .member(offset: position) }
        if position == target { return }
        position = bytes.text(at: position).end
        continue
      default:
        if position == target { return }
      }
      position += 1
    }
  }

  private func pointer() -> JSONPointer? {
    var pointer = JSONPointer.root
    var length = 0
    for step in path {
      switch step {
      case .member(let offset):
        let name = bytes.text(at: offset)
        length += name.rawByteCount
        if length > Self.longestPointer { return nil }
        pointer.append(name.string)
      case .element(let index): pointer.append(index)
      case .objectStart: break
      }
    }
    return pointer
  }
}
