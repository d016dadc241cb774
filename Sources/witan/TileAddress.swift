// The tiles of a running log, fetched over HTTP.
import Foundation
import FoundationNetworking
import Ledger
import Locking

struct TileAddress: TileSource {
  private static let longestWait = 30.0
  private static let largestAnswer = 64 << 20

  private let base: String
  private let token: String?

  /// `address` is the prefix of the log's tiles, or that of the service, whose tiles lie under `/audit`.
  init(_ address: String) throws(LedgerError) {
    token = ProcessInfo.processInfo.environment["WITAN_TOKEN"]
    let trimmed = address.hasSuffix("/") ? String(address.dropLast()) : address
    guard let url = URL(string: trimmed), url.scheme == "http" || url.scheme == "https" else {
      throw .storageFailed("\(address) is not an HTTP address")
    }
    base = trimmed.hasSuffix("/audit") ? trimmed : "\(trimmed)/audit"
  }

  private final class Answer: Sendable {
    let content = Locked<Result<[UInt8]?, LedgerError>>(.failure(.storageFailed("no answer")))
  }

  func read(_ path: String) throws(LedgerError) -> [UInt8]? {
    guard let url = URL(string: "\(base)/\(path)") else { throw .storageFailed("\(base)/\(path) is no address") }
    var request = URLRequest(url: url, timeoutInterval: Self.longestWait)
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    let answer = Answer()
    let done = DispatchSemaphore(value: 0)
    URLSession.shared.dataTask(with: request) { data, response, error in
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      let result: Result<[UInt8]?, LedgerError> =
        if let error {
          .failure(.storageFailed("\(url): \(error.localizedDescription)"))
        } else if status == 404 {
          .success(nil)
        } else if status == 401 || status == 403 {
          .failure(.storageFailed("\(url) answers \(status): it wants an auditor's token in WITAN_TOKEN"))
        } else if status != 200 {
          .failure(.storageFailed("\(url) answers \(status)"))
        } else if (data?.count ?? 0) > Self.largestAnswer {
          .failure(.inconsistent("\(url) is too large for a tile"))
        } else {
          .success(data.map { Array($0) })
        }
      answer.content.withLock { $0 = result }
      done.signal()
    }.resume()
    done.wait()
    return try answer.content.withLock { $0 }.get()
  }
}
