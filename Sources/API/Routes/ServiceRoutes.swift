// What runs the service: liveness, readiness, metrics, keys, status.
import Chamber
import HTTP
import JSON
import Resilience

struct ServiceRoutes {
  let chamber: Chamber
  let settings: APISettings
  let undertakings: Undertakings

  var operations: [Operation] { [live, ready, metrics, keys, status] }

  private var live: Operation {
    Operation(
      "livez", .get, "/livez", .service, "Whether the process answers.", access: .everyone,
      answers: [.other("text/plain", "It does.", example: #""ok""#)]
    ) { _ in
      .text("ok")
    }
  }

  private var ready: Operation {
    Operation(
      "readyz", .get, "/readyz", .service,
      "Whether cases can be decided and recorded now. With an administrator's token, each check by itself.",
      access: .everyone, recognisesCallers: true,
      answers: [
        .other("text/plain", "They can.", example: #""ready""#),
        .json(
          .ok, "They can, and what each check found.", Schemas.health,
          example:
            #"{"ready": true, "checks": [{"name": "ledger", "state": "ok", "decides_readiness": true, "detail": null}]}"#
        ),
        .problem(.serviceUnavailable, "They cannot."),
        .json(.serviceUnavailable, "They cannot, and what each check found.", Schemas.health),
      ]
    ) { exchange in
      let health = Health(checks)
      if exchange.caller?.has(.admin) ?? false {
        return .json(health.jsonBytes, status: health.isReady ? .ok : .serviceUnavailable)
      }
      guard health.isReady else {
        throw Problem(
          .serviceUnavailable, title: "Not ready",
          detail: "not as it should be: \(health.obstacles.joined(separator: ", "))")
      }
      return .text("ready")
    }
  }

  /// Entries that filters may be behind before anybody has to know.
  static let tolerableIndexLag: UInt64 = 10_000

  private var checks: [HealthCheck] {
    let own = [
      HealthCheck("ledger", decidesReadiness: true) { [chamber] in
        let health = chamber.ledger.health
        return health.isWritable ? .init(.ok) : .init(.failed, health.reason ?? "the ledger cannot be written")
      },
      HealthCheck("index", decidesReadiness: false) { [chamber] in
        let health = chamber.ledger.health
        let lag = health.size - min(health.indexedTo, health.size)
        return lag <= Self.tolerableIndexLag
          ? .init(.ok) : .init(.degraded, "\(lag) entries cannot be found by filters yet")
      },
      HealthCheck("constitution", decidesReadiness: true) { [chamber] in
        let constitution = chamber.inForce.council.constitution
        return constitution.critics.isEmpty ? .init(.failed, "no critic sits") : .init(.ok, constitution.version)
      },
    ]
    return own + settings.checks
  }

  private var metrics: Operation {
    Operation(
      "metrics", .get, "/metrics", .service, "Figures, in Prometheus' text format, or OpenMetrics by Accept.",
      access: settings.publishesMetrics ? .everyone : .roles([.auditor, .admin]),
      answers: [
        .other(
          "text/plain", "The metrics.", example: ##""# TYPE witan_ledger_entries gauge\nwitan_ledger_entries 4711\n""##),
        .other("application/openmetrics-text", "The metrics, as OpenMetrics."),
      ]
    ) { [settings] exchange in
      let (contentType, text) = settings.metrics(exchange.request.header("Accept"))
      return Response(.ok, contentType: .other(contentType), body: text).compressible()
    }
  }

  private var keys: Operation {
    Operation(
      "jwks", .get, "/.well-known/jwks.json", .service, "The public keys that permits are checked with.",
      access: .everyone, answers: [.json(.ok, "A JWK set (RFC 7517).", Schemas.keySet)]
    ) { [settings] _ in
      Response.json(settings.keySet).with("Cache-Control", "public, max-age=300")
    }
  }

  private var status: Operation {
    Operation(
      "status", .get, "/v1/status", .service, "Components, versions, and how much is in the log.",
      access: .roles([.admin]), answers: [.json(.ok, "The status.", Schemas.status)]
    ) { [chamber, settings, undertakings] _ in
      let health = chamber.ledger.health
      let inForce = chamber.inForce
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("release", settings.release)
      writer.member("constitution", inForce.council.constitution.version)
      writer.member("weights_version", inForce.weights.version)
      writer.key("ledger")
      writer.beginObject()
      writer.member("writable", health.isWritable)
      writer.member("reason", health.reason)
      writer.member("size", Int(health.size))
      writer.member("queued", health.queued)
      writer.member("indexed_to", Int(health.indexedTo))
      writer.member("key", chamber.ledger.verifier.text)
      writer.endObject()
      writer.key("reviews")
      writer.beginObject()
      writer.member("waiting", chamber.pendingReviews(tier: nil).count)
      writer.endObject()
      let cache = chamber.cacheStatistics
      writer.key("cache")
      writer.beginObject()
      writer.member("hits", cache.hits)
      writer.member("misses", cache.misses)
      writer.member("insertions", cache.insertions)
      writer.endObject()
      let parts = Health(checks)
      writer.key("components")
      parts.writeChecks(to: &writer)
      writer.member("degraded", parts.found.filter { $0.finding.state != .ok }.map(\.check.name))
      settings.host?().write(to: &writer)
      writer.member("breakers", settings.administration?.breakers() ?? [])
      let fallen = settings.administration?.degradations() ?? []
      writer.key("degradation")
      writer.beginObject()
      writer.member("level", (fallen.map(\.degradation.level).max() ?? .none).rawValue)
      writer.member("parts", fallen)
      writer.endObject()
      writer.member("webhooks", settings.administration?.listeners() ?? [])
      writer.key("undertakings")
      writer.beginObject()
      for each in undertakings.all {
        writer.key(each.name)
        each.state.write(to: &writer)
      }
      writer.endObject()
      writer.endObject()
      return .json(writer.array)
    }.forRepair()
  }
}

extension DegradationBoard.Standing: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("part", degradation.part)
    writer.member("level", degradation.level.rawValue)
    writer.member("reason", degradation.reason)
    writer.member("seconds", (ContinuousClock.now - since) / .seconds(1))
    writer.endObject()
  }
}
