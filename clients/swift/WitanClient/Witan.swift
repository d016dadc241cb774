// A client of Witan: decide, batch, wait for people, use permits. Checking without the server is in Verification.swift.
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A server, and the token that it is asked with.
///
///     let witan = Witan(url: URL(string: "http://127.0.0.1:8080")!, token: token)
///     let answer = try await witan.decide(WitanCase(action: "send_email", input: "…"), receipt: .proof)
///     if let permit = answer.permit { … }
///
/// A verdict is never an error: `deny` comes back like any other answer. What goes wrong with a request is a `Problem`.
public struct Witan: Sendable {
  private let url: URL
  private let token: @Sendable () async throws -> String
  private let session: URLSession

  /// `token` is asked for with every request, so that it can be a fresh one.
  public init(url: URL, session: URLSession = .shared, token: @escaping @Sendable () async throws -> String) {
    self.url = url
    self.session = session
    self.token = token
  }

  public init(url: URL, session: URLSession = .shared, token: String) {
    self.init(url: url, session: session) { token }
  }

  // MARK: Deciding

  /// Decides one case. With an `idempotencyKey` it is safe to send the same case again after a failure: it is decided once.
  /// `requestTimeout` is the time that the server may take to ask others: critics outside that have not answered by then
  /// abstain, and no permit comes of the answer.
  public func decide(
    _ matter: WitanCase, options: DecideOptions = DecideOptions(), idempotencyKey: String? = nil,
    requestTimeout: Duration? = nil
  ) async throws -> Answer {
    var fields = Self.waiting(requestTimeout)
    fields["Content-Type"] = "application/json"
    if let idempotencyKey { fields["Idempotency-Key"] = idempotencyKey }
    let body = try JSONEncoder().encode(PostedCase(matter: matter, options: options))
    return try Answer.decode(await send("POST", "v1/deliberations", body, fields))
  }

  /// How many cases of a batch are sent together.
  public static let batchGroup = 256

  /// Decides any number of cases, group after group, and gives an answer for each, in their order. A case that is wrong is
  /// a problem in its place. The next group is sent when the answers to the last have been taken. `requestTimeout` is as for
  /// `decide`, for each group that the server decides together.
  public func batch(
    _ cases: some Sequence<WitanCase> & Sendable, options: DecideOptions = DecideOptions(),
    requestTimeout: Duration? = nil
  ) -> AsyncThrowingStream<Result<Answer, Problem>, any Error> {
    let groups = Groups(cases, size: Self.batchGroup)
    return AsyncThrowingStream { () async throws -> Result<Answer, Problem>? in
      try await groups.next { group in try await decideAll(group, options, requestTimeout) }
    }
  }

  private func decideAll(
    _ cases: [WitanCase], _ options: DecideOptions, _ requestTimeout: Duration?
  ) async throws -> [Result<Answer, Problem>] {
    var lines = Data()
    let encoder = JSONEncoder()
    for matter in cases {
      lines += try encoder.encode(PostedCase(matter: matter, options: options))
      lines.append(0x0a)
    }
    var fields = Self.waiting(requestTimeout)
    fields["Content-Type"] = "application/x-ndjson"
    let answers = try await send("POST", "v1/deliberations/batch", lines, fields)
    return try answers.split(separator: 0x0a).map { line in
      if let failed = try? JSONDecoder().decode(FailedCase.self, from: Data(line)) { return .failure(failed.error) }
      return .success(try Answer.decode(Data(line)))
    }
  }

  /// Seconds with three places: no other form of a number is understood.
  private static func waiting(_ time: Duration?) -> [String: String] {
    guard let time else { return [:] }
    let (seconds, attoseconds) = max(.zero, time).components
    let thousandths = String(attoseconds / 1_000_000_000_000_000)
    return ["Request-Timeout": "\(seconds).\(String(repeating: "0", count: 3 - thousandths.count))\(thousandths)"]
  }

  // MARK: Reviews and permits

  /// How a deliberation stands: its review, and the permit that came of it.
  public func standing(of deliberation: String) async throws -> Standing {
    try JSONDecoder().decode(Standing.self, from: await send("GET", "v1/deliberations/\(deliberation)"))
  }

  /// Waits until people have answered the review of a deliberation, or throws `ReviewPending` after `limit`. The permit is
  /// nil unless they opened the gate.
  public func waitForReview(
    of deliberation: String, within limit: Duration = .seconds(3600), interval: Duration = .seconds(1)
  ) async throws -> Standing {
    let end = ContinuousClock.now + limit
    var interval = interval
    while true {
      let standing = try await standing(of: deliberation)
      guard let review = standing.review else { throw NoReview(deliberation: deliberation) }
      if review.status != .pending { return standing }
      guard ContinuousClock.now < end else { throw ReviewPending(review: review.id) }
      try await Task.sleep(for: min(interval, ContinuousClock.now.duration(to: end)))
      interval = min(interval * 1.5, .seconds(10))
    }
  }

  /// Uses a permit up: true for the one who is first, false for everyone after, and for what is no permit.
  public func usePermit(_ permit: String) async throws -> Bool {
    let body = try JSONEncoder().encode(PresentedPermit(permit: permit, use: true))
    let answer = try await send("POST", "v1/permits/check", body, ["Content-Type": "application/json"])
    return try JSONDecoder().decode(PermitStanding.self, from: answer).valid
  }

  // MARK: The log

  /// An entry of the log, as the very bytes that its hash is over. Needs the role auditor.
  public func entry(at index: UInt64) async throws -> Data { try await send("GET", "v1/audit/entries/\(index)") }

  // MARK: Requests

  /// Any other operation of the API; `/docs` on the server describes them all.
  public func send(
    _ method: String, _ path: String, _ body: Data? = nil, _ fields: [String: String] = [:]
  ) async throws -> Data {
    var request = URLRequest(url: url.appending(path: path))
    request.httpMethod = method
    request.httpBody = body
    request.setValue("Bearer \(try await token())", forHTTPHeaderField: "Authorization")
    for (name, value) in fields { request.setValue(value, forHTTPHeaderField: name) }
    let (data, response) = try await session.data(for: request)
    guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
      throw (try? JSONDecoder().decode(Problem.self, from: data))
        ?? Problem(status: (response as? HTTPURLResponse)?.statusCode ?? 0, title: "not an answer of Witan")
    }
    return data
  }
}

/// Nobody has answered the review in time; waiting may go on.
public struct ReviewPending: Error, Sendable, Equatable {
  public let review: String
}

/// The deliberation waits for no review.
public struct NoReview: Error, Sendable, Equatable {
  public let deliberation: String
}

private struct PresentedPermit: Encodable {
  let permit: String
  let use: Bool
}

private struct PermitStanding: Decodable { let valid: Bool }
private struct FailedCase: Decodable { let error: Problem }

/// Cases in groups, and the answers to a group one by one.
private actor Groups<Cases: Sequence<WitanCase> & Sendable> {
  private let cases: Cases
  private let size: Int
  private var rest: Cases.Iterator?
  private var answers: ArraySlice<Result<Answer, Problem>> = []

  init(_ cases: Cases, size: Int) {
    self.cases = cases
    self.size = size
  }

  func next(
    _ decide: @Sendable ([WitanCase]) async throws -> [Result<Answer, Problem>]
  ) async throws -> Result<Answer, Problem>? {
    if let answer = answers.popFirst() { return answer }
    let group = take()
    if group.isEmpty { return nil }
    answers = try await decide(group)[...]
    return answers.popFirst()
  }

  private func take() -> [WitanCase] {
    var rest = self.rest ?? cases.makeIterator()
    defer { self.rest = rest }
    var group: [WitanCase] = []
    while group.count < size, let matter = rest.next() { group.append(matter) }
    return group
  }
}
