// Tells others of what happens. For each address one task follows the log and has a bounded number of announcements on
// their way; one that fails is tried again, later and later, and at last put on record as a dead letter. While its breaker
// is open an address is left alone, and what waits for it loses no try. Nobody who decides a case ever waits for any of
// this: the log is the queue.
import API
import Chamber
import Config
import Engine
import HTTPClient
import JSON
import Ledger
import Locking
import Resilience

final class Webhooks: Sendable {
  private let chamber: Chamber
  private let client: HTTPClient
  private let telemetry: ServiceTelemetry
  private let receivers: [WebhookReceiver]
  private let signer: WebhookSigner
  private let patience: WebhookPatience
  private let places: WebhookPlaces
  private let leases: any Leases
  private let standings: Locked<[String: Administration.Listener]>

  private static let pace: Duration = .milliseconds(200)
  private static let lease: Duration = .seconds(30)

  /// Nil where nobody is to be told. Who is new is told from now on.
  init?(
    _ configuration: Configuration, chamber: Chamber, client: HTTPClient, leases: any Leases,
    breakers: BreakerBoard, telemetry: ServiceTelemetry
  ) throws {
    let endpoints = try WebhookSettings.endpoints(configuration)
    if endpoints.isEmpty { return nil }
    self.chamber = chamber
    self.client = client
    self.telemetry = telemetry
    self.leases = leases
    let data = configuration[Settings.data].text
    signer = try WebhookSigner(
      path: configuration[WebhookSettings.secret]?.text ?? "\(LedgerPaths(folder: data).keys)/webhook.key")
    let patience = WebhookSettings.patience(configuration)
    self.patience = patience
    receivers = endpoints.map { WebhookReceiver($0, patience, breakers) }
    places = try WebhookPlaces(
      path: "\(data)/webhooks.json", endpoints: endpoints,
      beginning: AnnouncementPlace(next: chamber.ledger.size, time: Timestamp.now().text))
    var standings: [String: Administration.Listener] = [:]
    for receiver in receivers {
      standings[receiver.endpoint] = Administration.Listener(address: receiver.endpoint, breaker: receiver.breaker.name)
    }
    self.standings = Locked(standings)
  }

  /// How it goes with each address.
  var listeners: [Administration.Listener] {
    let standings = standings.withLock { $0 }
    return receivers.compactMap { standings[$0.endpoint] }
  }

  /// Works until the task is cancelled.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      for receiver in receivers { group.addTask { await self.follow(receiver) } }
    }
  }

  // MARK: One address

  /// What is on its way to one address, each with how many began before it.
  private final class Window: Sendable {
    private let open = Locked<(begun: Int, numbers: [UInt64: Int])>((0, [:]))

    func begin(_ index: UInt64) {
      open.withLock { open in
        open.numbers[index] = open.begun
        open.begun += 1
      }
    }

    func end(_ index: UInt64) { open.withLock { _ = $0.numbers.removeValue(forKey: index) } }

    var count: Int { open.withLock { $0.numbers.count } }
    var indices: [UInt64] { open.withLock { $0.numbers.keys.sorted() } }

    /// How many began since the oldest that is still on its way, itself included.
    var stretch: Int { open.withLock { open in open.numbers.values.min().map { open.begun - $0 } ?? 0 } }
  }

  /// How many times what may be on its way at once may be begun from one that does not end on: so far apart may two come in the
  /// wrong order.
  private static let ahead = 64

  private func follow(_ receiver: WebhookReceiver) async {
    let endpoint = receiver.endpoint
    let window = Window()
    var progress = places[endpoint]
    // What an earlier run of the service has left open, and whether anything was begun that the file does not say.
    var left = progress.open
    var isNew = false
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        do {
          if await leases.take("webhooks/\(endpoint)", for: Self.lease) {
            let room = min(patience.pending - window.count, Self.ahead * patience.pending - window.stretch)
            var found: [Announcement] = []
            if !left.isEmpty, room > 0 {
              found = try left.prefix(room).compactMap { index in
                // A log that was put in the place of a longer one does not have it.
                index < chamber.ledger.size ? try chamber.announcement(of: index) : nil
              }
              left.removeFirst(min(room, left.count))
            } else if room > 0 {
              (found, progress.place) = try await chamber.announcements(at: progress.place, limit: room)
            }
            isNew = isNew || !found.isEmpty
            for announcement in found {
              window.begin(announcement.index)
              group.addTask {
                if await self.deliver(announcement, to: receiver) { window.end(announcement.index) }
              }
            }
          }
          progress.open = window.indices + left
          try remember(endpoint, progress, &isNew)
        } catch {
          telemetry.failed("webhooks.failed", "Announcements cannot be looked for now", error)
        }
        try? await Task.sleep(for: Self.pace)
      }
      group.cancelAll()
    }
  }

  /// Has a restart begin there.
  private func remember(_ endpoint: String, _ progress: WebhookProgress, _ isNew: inout Bool) throws {
    update(endpoint) { $0.pending = progress.open.count }
    let known = places[endpoint]
    // The log grows all the time; where nobody is told of it, that need not be written each time.
    guard isNew || progress.open != known.open || progress.place.next > known.place.next + 10_000 else { return }
    // Until it is on disk.
    isNew = true
    try places.set(progress, of: endpoint)
    isNew = false
  }

  private func update(_ endpoint: String, _ change: @Sendable (inout Administration.Listener) -> Void) {
    standings.withLock { standings in
      if var standing = standings[endpoint] {
        change(&standing)
        standings[endpoint] = standing
      }
    }
  }

  /// Tries until it is told, or put on record that it could not be; false where that is broken off before.
  private func deliver(_ announcement: Announcement, to receiver: WebhookReceiver) async -> Bool {
    let body = announcement.jsonBytes
    let endpoint = receiver.endpoint
    var tries = 0
    do {
      try await receiver.retry.run(judge: WebhookReceiver.repetition) { attempt in
        tries = attempt
        do {
          try await receiver.call { try await self.send(announcement, body, to: endpoint) }
        } catch {
          let told = "\(error)"
          if !Task.isCancelled { update(endpoint) { $0.lastFailure = told } }
          throw error
        }
      }
      update(endpoint) { $0.delivered += 1 }
      return true
    } catch {
      // What is broken off is told after the next start.
      return Task.isCancelled ? false : await giveUp(announcement, endpoint, "\(error)", tries)
    }
  }

  private func giveUp(_ announcement: Announcement, _ endpoint: String, _ last: String, _ tries: Int) async -> Bool {
    while !Task.isCancelled {
      do {
        try await chamber.noteDeadLetter(
          announcement, to: endpoint, attempts: tries, last: String(last.prefix(500)))
        update(endpoint) { $0.dead += 1 }
        telemetry.failed(
          "webhooks.dead_letter", "\(endpoint) was not told of \(announcement.id)", WebhookGivenUp(last: last))
        return true
      } catch {
        // The log cannot be written: the announcement is not lost, for its place is not passed.
        telemetry.failed("webhooks.failed", "A dead letter cannot be put on record now", error)
        try? await Task.sleep(for: .seconds(1))
      }
    }
    return false
  }

  /// What one attempt is answered.
  private func send(_ announcement: Announcement, _ body: [UInt8], to endpoint: String) async throws -> Int {
    let timestamp = Int64(WallClock.seconds())
    let fields: [OutgoingRequest.Field] = [
      .init("Content-Type", "application/json"), .init("webhook-id", announcement.id),
      .init("webhook-timestamp", "\(timestamp)"),
      .init("webhook-signature", signer.sign(id: announcement.id, timestamp: timestamp, body: body)),
    ]
    return try await client.send(
      OutgoingRequest(.post, endpoint, fields: fields, body: body), deadline: patience.deadline
    ).status
  }
}

struct WebhookGivenUp: Error, CustomStringConvertible {
  let last: String
  var description: String { last }
}
