// What is posted.
import Foundation

/// What a service is about to do, and the facts of it.
public struct WitanCase: Sendable, Equatable, Encodable {
  public var action: String
  /// What sort of thing is decided: `tool_call`, `answer`, `refusal`, …
  public var kind: String?
  public var input: JSON?
  public var output: JSON?
  /// The facts by their names: `impact`, `consent`, `reversible`, …
  public var context: [String: JSON]?
  /// Who is about to act.
  public var actor: String?
  /// Whom it concerns.
  public var subject: String?
  public var tags: [String]?

  public init(
    action: String, kind: String? = nil, input: JSON? = nil, output: JSON? = nil, context: [String: JSON]? = nil,
    actor: String? = nil, subject: String? = nil, tags: [String]? = nil
  ) {
    self.action = action
    self.kind = kind
    self.input = input
    self.output = output
    self.context = context
    self.actor = actor
    self.subject = subject
    self.tags = tags
  }
}

/// How a case is to be decided.
public struct DecideOptions: Sendable, Equatable, Encodable {
  public enum Cache: String, Sendable, Encodable { case standard = "default", bypass }
  public enum ReceiptDetail: String, Sendable, Encodable { case none, index, proof }

  /// Ask these critics only. Such a decision gets no permit.
  public var critics: [String]?
  public var explain: Bool?
  /// Decide, but record nothing.
  public var dryRun: Bool?
  public var cache: Cache?
  public var receipt: ReceiptDetail?

  public init(
    critics: [String]? = nil, explain: Bool? = nil, dryRun: Bool? = nil, cache: Cache? = nil,
    receipt: ReceiptDetail? = nil
  ) {
    self.critics = critics
    self.explain = explain
    self.dryRun = dryRun
    self.cache = cache
    self.receipt = receipt
  }

  private enum CodingKeys: String, CodingKey { case critics, explain, dryRun = "dry_run", cache, receipt }
}

/// A case with its options beside it, as the API takes them.
struct PostedCase: Encodable {
  let matter: WitanCase
  let options: DecideOptions

  private enum CodingKeys: CodingKey { case options }

  func encode(to encoder: any Encoder) throws {
    try matter.encode(to: encoder)
    if options != DecideOptions() {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(options, forKey: .options)
    }
  }
}

/// Any JSON.
public enum JSON: Sendable, Equatable, Codable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let boolean = try? value.decode(Bool.self) {
      self = .boolean(boolean)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSON].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .null: try value.encodeNil()
    case .boolean(let boolean): try value.encode(boolean)
    case .number(let number): try value.encode(number)
    case .string(let string): try value.encode(string)
    case .array(let array): try value.encode(array)
    case .object(let object): try value.encode(object)
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }
  public init(nilLiteral: ()) { self = .null }
}
