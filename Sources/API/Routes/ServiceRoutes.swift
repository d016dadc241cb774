// What runs the service: liveness, readiness, metrics, keys, status.
import Chamber
import HTTP
import JSON

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
      "readyz", .get, "/readyz", .service, "Whether cases can be decided and recorded now.", access: .everyone,
      answers: [.other("text/plain", "They can.", example: #""ready""#), .problem(.serviceUnavailable, "They cannot.")]
    ) { [chamber, settings] _ in
      let health = chamber.ledger.health
      guard health.isWritable else {
        throw Problem(.serviceUnavailable, title: "Not ready", detail: "the ledger cannot be written")
      }
      if let reason = settings.readiness() { throw Problem(.serviceUnavailable, title: "Not ready", detail: reason) }
      return .text("ready")
    }
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
      writer.member("breakers", settings.administration?.breakers() ?? [])
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
    }
  }
}
