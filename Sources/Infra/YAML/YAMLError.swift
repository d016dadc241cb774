// Why a document was refused, and where.

package struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    /// What the parser says is wrong with the syntax.
    case syntax(String)
    case notUTF8
    case tooLarge(bytes: Int, limit: Int)
    case tooDeep(limit: Int)
    case tooManyNodes(limit: Int)
    case duplicateKey(String, first: YAMLPosition)
    case keyNotScalar
    case mergeKey
    case anchor(String)
    case alias(String)
    case tag(String)
    case directive
    case severalDocuments
    /// A number that no 64-bit integer or finite double can hold.
    case numberOutOfRange(String)
    /// NEL, LS or PS: YAML 1.1 breaks the line there and YAML 1.2 does not.
    case ambiguousLineBreak
  }

  package let reason: Reason
  package let position: YAMLPosition

  package init(_ reason: Reason, at position: YAMLPosition) {
    self.reason = reason
    self.position = position
  }

  package var description: String { "\(position): \(message)" }

  /// The reason in words, without the place.
  package var message: String {
    switch reason {
    case .syntax(let problem): problem
    case .notUTF8: "not UTF-8"
    case .tooLarge(let bytes, let limit): "the document has \(bytes) bytes; the limit is \(limit)"
    case .tooDeep(let limit): "nested deeper than \(limit) levels"
    case .tooManyNodes(let limit): "more than \(limit) nodes"
    case .duplicateKey(let key, let first): "the key \"\(key)\" was already given at \(first)"
    case .keyNotScalar: "a key must be a scalar"
    case .mergeKey: "the merge key \"<<\" is not part of YAML 1.2; quote it if it is meant as a name"
    case .anchor(let name): "anchors are not accepted here (&\(name))"
    case .alias(let name): "aliases are not accepted here (*\(name))"
    case .tag(let tag): "tags are not accepted here (\(tag))"
    case .directive: "only the directive \"%YAML 1.2\" is accepted"
    case .severalDocuments: "only one document is accepted"
    case .numberOutOfRange(let text): "the number \(text) is out of range; quote it if it is meant as text"
    case .ambiguousLineBreak: "a line separator other than LF or CR LF; write it as an escape in double quotes"
    }
  }
}
