// All the wrong fields of one document, each by its JSON Pointer, so that a caller can mend them in one go.

/// Wrong fields, in the order in which they were found.
///
///     var errors = FieldErrors()
///     if limit > 1000 { errors.add("/limit", "must be at most 1000") }
///     try errors.throwIfAny()
@usableFromInline
package struct FieldErrors: Error, Equatable, Sendable {
  package struct Item: Hashable, Sendable {
    package let pointer: JSONPointer
    /// What is wrong, for a person, without repeating the value.
    package let message: String

    package init(pointer: JSONPointer, message: String) {
      self.pointer = pointer
      self.message = message
    }
  }

  package private(set) var items: [Item] = []
  /// How many more were found than are kept.
  package private(set) var omitted = 0
  private let limit: Int

  /// Keeps the first `limit` errors and counts the rest.
  package init(limit: Int = JSONLimits.standard.maximumFieldErrors) { self.limit = limit }

  package var isEmpty: Bool { items.isEmpty && omitted == 0 }

  package mutating func add(_ pointer: JSONPointer, _ message: String) {
    if items.count < limit {
      items.append(Item(pointer: pointer, message: message))
    } else {
      omitted += 1
    }
  }

  /// Takes over the errors of a part, whose pointers begin at `prefix`.
  package mutating func add(_ errors: FieldErrors, under prefix: JSONPointer = .root) {
    for item in errors.items { add(prefix.appending(item.pointer), item.message) }
    omitted += errors.omitted
  }

  mutating func countOmitted(_ count: Int) { omitted += count }

  package func throwIfAny() throws(FieldErrors) {
    if !isEmpty { throw self }
  }
}

extension FieldErrors: CustomStringConvertible {
  @usableFromInline
  package var description: String {
    var lines = items.map {
      "\($0.pointer.description.isEmpty ? "the document" : $0.pointer.description): \($0.message)"
    }
    if omitted > 0 { lines.append("and \(omitted) more") }
    return lines.joined(separator: "; ")
  }
}

extension FieldErrors: JSONWritable {
  /// The member `errors` of a problem document: `[{"pointer": …, "message": …}]`.
  @usableFromInline
  package func write(to writer: inout JSONWriter) {
    writer.beginArray()
    for item in items {
      writer.beginObject()
      writer.member("pointer", item.pointer.description)
      writer.member("message", item.message)
      writer.endObject()
    }
    writer.endArray()
  }
}
