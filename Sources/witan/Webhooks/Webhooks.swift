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

  /// What is on its way to one address.
  private final class Window: Sendable {
    private let open = Locked<Set<UInt64>>([])

    func begin(_ index: UInt64) { open.withLock { _ = $0.insert(index) } }
    func end(_ index: UInt64) { open.withLock { _ = $0.remove(index) } }
    var count: Int { open.withLock { $0.count } }
    /// The oldest that is still on its way.
    var oldest: UInt64? { open.withLock { $0.min() } }
  }

  private func follow(_ receiver: WebhookReceiver) async {
    let endpoint = receiver.endpoint
    let window = Window()
    // Where to look next, and which announcements behind the last place on disk are known.
    var place = places[endpoint]
    var known: [Announcement] = []
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        do {
          if await leases.take("webhooks/\(endpoint)", for: Self.lease), window.count < patience.pending {
            let (found, behind) = try await chamber.announcements(at: place, limit: patience.pending - window.count)
            for announcement in found {
              window.begin(announcement.index)
              known.append(announcement)
              group.addTask {
                await self.deliver(announcement, to: receiver)
                window.end(announcement.index)
              }
            }
            place = behind
          }
          try remember(endpoint, place, window, &known)
        } catch {
          telemetry.failed("webhooks.failed", "Announcements cannot be looked for now", error)
        }
        try? await Task.sleep(for: Self.pace)
      }
      group.cancelAll()
    }
  }

  /// The place up to which everything was told: a restart begins there.
  private func remember(
    _ endpoint: String, _ place: AnnouncementPlace, _ window: Window, _ known: inout [Announcement]
  ) throws {
    let oldest = window.oldest
    let told = known.last { $0.index < oldest ?? .max }
    if let told { known.removeAll { $0.index <= told.index } }
    update(endpoint) { $0.pending = window.count }
    guard oldest != nil else {
      // The log grows all the time; where nobody is told of it, that need not be written each time.
      if told != nil || place.next > places[endpoint].next + 10_000 { try places.set(place, of: endpoint) }
      return
    }
    if let told { try places.set(AnnouncementPlace(next: told.index + 1, time: told.time.text), of: endpoint) }
  }

  private func update(_ endpoint: String, _ change: @Sendable (inout Administration.Listener) -> Void) {
    standings.withLock { standings in
      if var standing = standings[endpoint] {
        change(&standing)
        standings[endpoint] = standing
      }
    }
  }

  /// Tries until it is told, or put on record that it could not be.
  private func deliver(_ announcement: Announcement, to receiver: WebhookReceiver) async {
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
    } catch {
      // What is broken off is told after the next start.
      if !Task.isCancelled { await giveUp(announcement, endpoint, "\(error)", tries) }
    }
  }

  private func giveUp(_ announcement: Announcement, _ endpoint: String, _ last: String, _ tries: Int) async {
    while !Task.isCancelled {
      do {
        try await chamber.noteDeadLetter(
          announcement, to: endpoint, attempts: tries, last: String(last.prefix(500)))
        update(endpoint) { $0.dead += 1 }
        telemetry.failed(
          "webhooks.dead_letter", "\(endpoint) was not told of \(announcement.id)", WebhookGivenUp(last: last))
        return
      } catch {
        // The log cannot be written: the announcement is not lost, for its place is not passed.
        telemetry.failed("webhooks.failed", "A dead letter cannot be put on record now", error)
        try? await Task.sleep(for: .seconds(1))
      }
    }
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
