// Reads one document into a tree over libyaml's events. What YAML allows and a configuration does not need (anchors,
// aliases, tags, several documents, merge keys) is refused, so that a document says one thing and costs what it weighs.
import CYAML

/// What a document may cost.
package struct YAMLLimits: Sendable {
  package var bytes: Int
  package var depth: Int
  package var nodes: Int

  package init(bytes: Int = 4 << 20, depth: Int = 64, nodes: Int = 200_000) {
    self.bytes = bytes
    self.depth = depth
    self.nodes = nodes
  }
}

extension YAMLNode {
  /// The only document in `bytes`. An empty one, or one of comments alone, is null at line 1.
  package static func parse(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> YAMLNode {
    guard bytes.count <= limits.bytes else {
      throw YAMLError(.tooLarge(bytes: bytes.count, limit: limits.bytes), at: YAMLPosition(line: 1, column: 1))
    }
    try refuseAmbiguousLineBreaks(bytes)
    var parser = YAMLEvents(bytes: bytes, limits: limits)
    return try parser.document()
  }

  package static func parse(_ text: String, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> YAMLNode {
    try parse(Array(text.utf8), limits: limits)
  }

  /// libyaml follows YAML 1.1, where U+0085, U+2028 and U+2029 end a line; in YAML 1.2 they do not (section 5.4).
  private static func refuseAmbiguousLineBreaks(_ bytes: [UInt8]) throws(YAMLError) {
    var line = 1
    var column = 1
    for index in bytes.indices {
      switch bytes[index] {
      case 0x0A:
        line += 1
        column = 1
        continue
      case 0xC2 where index + 1 < bytes.count && bytes[index + 1] == 0x85,
        0xE2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && (0xA8...0xA9).contains(bytes[index + 2]):
        throw YAMLError(.ambiguousLineBreak, at: YAMLPosition(line: line, column: column))
      default: break
      }
      if bytes[index] & 0xC0 != 0x80 { column += 1 }
    }
  }
}

/// The events of one document, pulled one at a time, and the tree made of them.
private struct YAMLEvents: ~Copyable {
  /// Both are owned by this value alone: allocated here, freed in `deinit`, never handed out. libyaml keeps pointers
  /// into `input` for as long as the parser lives, which is why neither may move.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let limits: YAMLLimits
  private var nodes = 0

  init(bytes: [UInt8], limits: YAMLLimits) {
    self.limits = limits
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(from: bytes)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, UnsafePointer(input.baseAddress), bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  /// One event, copied out of libyaml's memory.
  private enum Event {
    case scalar(String, YAMLNode.Style)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    case documentStart, documentEnd, streamStart, streamEnd
  }

  mutating func document() throws(YAMLError) -> YAMLNode {
    _ = try next()  // stream start
    let (first, start) = try next()
    guard case .documentStart = first else { return YAMLNode(.scalar(.null, text: "", style: .plain), at: start) }
    let (event, position) = try next()
    let root = try node(event, at: position, depth: 1)
    _ = try next()  // document end
    let (last, end) = try next()
    guard case .streamEnd = last else { throw YAMLError(.severalDocuments, at: end) }
    return root
  }

  private mutating func node(_ event: Event, at position: YAMLPosition, depth: Int) throws(YAMLError) -> YAMLNode {
    nodes += 1
    guard nodes <= limits.nodes else { throw YAMLError(.tooManyNodes(limit: limits.nodes), at: position) }
    guard depth <= limits.depth else { throw YAMLError(.tooDeep(limit: limits.depth), at: position) }
    switch event {
    case .scalar(let text, .plain):
      guard let value = YAMLScalar.resolve(plain: text) else {
        throw YAMLError(.numberOutOfRange(text), at: position)
      }
      return YAMLNode(.scalar(value, text: text, style: .plain), at: position)
    case .scalar(let text, let style):
      return YAMLNode(.scalar(.string(text), text: text, style: style), at: position)
    case .sequenceStart:
      return YAMLNode(.sequence(try items(depth: depth + 1)), at: position)
    case .mappingStart:
      return YAMLNode(.mapping(try entries(depth: depth + 1)), at: position)
    default:
      throw YAMLError(.syntax("a value was expected"), at: position)
    }
  }

  private mutating func items(depth: Int) throws(YAMLError) -> [YAMLNode] {
    var items: [YAMLNode] = []
    while true {
      let (event, position) = try next()
      if case .sequenceEnd = event { return items }
      items.append(try node(event, at: position, depth: depth))
    }
  }

  private mutating func entries(depth: Int) throws(YAMLError) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var seen: [String: YAMLPosition] = [:]
    while true {
      let (event, position) = try next()
      if case .mappingEnd = event { return entries }
      guard case .scalar(let key, let style) = event else { throw YAMLError(.keyNotScalar, at: position) }
      if key == "<<", style == .plain { throw YAMLError(.mergeKey, at: position) }
      if let first = seen.updateValue(position, forKey: key) {
        throw YAMLError(.duplicateKey(key, first: first), at: position)
      }
      nodes += 1
      let (value, valuePosition) = try next()
      entries.append(
        YAMLNode.Entry(
          key: key, keyPosition: position, value: try node(value, at: valuePosition, depth: depth)))
    }
  }

  /// The next event and where it begins.
  private mutating func next() throws(YAMLError) -> (Event, YAMLPosition) {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    defer { yaml_event_delete(&event) }
    let position = YAMLPosition(event.start_mark)
    switch event.type {
    case YAML_STREAM_START_EVENT: return (.streamStart, position)
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return (.streamEnd, position)
    case YAML_DOCUMENT_START_EVENT:
      let start = event.data.document_start
      if start.tag_directives.start != start.tag_directives.end { throw YAMLError(.directive, at: position) }
      if let version = start.version_directive?.pointee, (version.major, version.minor) != (1, 2) {
        throw YAMLError(.directive, at: position)
      }
      return (.documentStart, position)
    case YAML_DOCUMENT_END_EVENT: return (.documentEnd, position)
    case YAML_ALIAS_EVENT: throw YAMLError(.alias(String(yaml: event.data.alias.anchor)), at: position)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuse(anchor: scalar.anchor, tag: scalar.tag, at: position)
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return (.scalar(text, YAMLNode.Style(scalar.style)), position)
    case YAML_SEQUENCE_START_EVENT:
      try refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: position)
      return (.sequenceStart, position)
    case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, position)
    case YAML_MAPPING_START_EVENT:
      try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: position)
      return (.mappingStart, position)
    case YAML_MAPPING_END_EVENT: return (.mappingEnd, position)
    default: throw YAMLError(.syntax("an unknown event"), at: position)
    }
  }

  private func refuse(
    anchor: UnsafeMutablePointer<yaml_char_t>?, tag: UnsafeMutablePointer<yaml_char_t>?, at position: YAMLPosition
  ) throws(YAMLError) {
    if anchor != nil { throw YAMLError(.anchor(String(yaml: anchor)), at: position) }
    if tag != nil { throw YAMLError(.tag(String(yaml: tag)), at: position) }
  }

  private func problem() -> YAMLError {
    let state = parser.pointee
    if state.error == YAML_READER_ERROR {
      return YAMLError(.notUTF8, at: position(ofByte: Int(state.problem_offset)))
    }
    let words = state.problem.map { String(cString: $0) } ?? "not YAML"
    // The scanner counts nested flow collections itself and stops at its own bound, which lies above ours.
    return YAMLError(.syntax(words), at: YAMLPosition(state.problem_mark))
  }

  /// The reader stops before it has marks; the place is counted from the bytes.
  private func position(ofByte offset: Int) -> YAMLPosition {
    let before = input.prefix(min(offset, input.count))
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 }
    return YAMLPosition(line: before.count { $0 == 0x0A } + 1, column: column + 1)
  }
}

extension YAMLPosition {
  fileprivate init(_ mark: yaml_mark_t) { self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1) }
}

extension YAMLNode.Style {
  fileprivate init(_ style: yaml_scalar_style_t) {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
    case YAML_LITERAL_SCALAR_STYLE: self = .literal
    case YAML_FOLDED_SCALAR_STYLE: self = .folded
    default: self = .plain
    }
  }
}

extension String {
  fileprivate init(yaml text: UnsafeMutablePointer<yaml_char_t>?) {
    self = text.map { String(cString: $0) } ?? ""
  }
}
