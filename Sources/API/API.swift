// The API as a whole: all operations, made into a router.
import Chamber
import Engine
import HTTP
import JSON

/// The HTTP interface of a chamber.
package struct API: Sendable {
  let operations: [Operation]
  private let gatekeeper: Gatekeeper
  private let headroom: any Headroom
  private let patience: Patience

  package init(chamber: Chamber, gatekeeper: Gatekeeper, settings: APISettings) {
    self.gatekeeper = gatekeeper
    headroom = settings.headroom
    patience = Patience(most: settings.requestTime)
    var operations = DeliberationRoutes(chamber: chamber).operations
    operations += BatchRoutes(chamber: chamber, headroom: settings.headroom).operations
    operations += JobRoutes(chamber: chamber).operations
    operations += StreamRoutes(chamber: chamber, settings: settings.streams, headroom: settings.headroom).operations
    operations += PrecedentRoutes(chamber: chamber).operations
    operations += CriticRoutes(chamber: chamber).operations
    operations += WeightRoutes(chamber: chamber).operations
    operations += ReviewRoutes(chamber: chamber).operations
    operations += ConstitutionRoutes(chamber: chamber).operations
    operations += AuditRoutes(chamber: chamber).operations
    operations += LogRoutes(chamber: chamber, entriesArePublic: settings.publishesEntries).operations
    operations += RevocationRoutes(chamber: chamber).operations
    let undertakings = Undertakings()
    operations += ServiceRoutes(chamber: chamber, settings: settings, undertakings: undertakings).operations
    if let administration = settings.administration {
      operations +=
        AdministrationRoutes(
          chamber: chamber, administration: administration, undertakings: undertakings
        ).operations
    }
    if let permits = settings.permits {
      operations += PermitRoutes(chamber: chamber, reader: permits).operations
    }
    operations += DocumentRoutes(release: settings.release, isPublic: settings.publishesDocuments)
      .operations(beside: operations)
    self.operations = operations
  }

  package var router: Router {
    var router = Router()
    for operation in operations {
      router.on(
        operation.method, operation.path, bodyLimit: operation.body.limit,
        streams: operation.body.types.contains("application/x-ndjson"),
        operation.handler(gatekeeper, headroom, patience))
    }
    return router
  }
}

/// What the API is told by configuration.
package struct APISettings: Sendable {
  package var release: String
  /// The public halves of the keys that sign permits and tokens, as a JWK set.
  package var keySet: [UInt8]
  /// Whether anybody may read the entries of the log, and not only its hashes.
  package var publishesEntries = false
  package var streams = StreamSettings()
  /// Who says whether new work is let in just now.
  package var headroom: any Headroom = AmpleHeadroom()
  /// How long others may be called for one request.
  package var requestTime: Duration = .seconds(108)
  /// Whether anybody may read `/openapi.json` and `/docs`, or only who has a token.
  package var publishesDocuments = true
  /// Whether anybody may read `/metrics`, or only auditors and administrators.
  package var publishesMetrics = true
  /// What administrators may ask for; nil for nothing.
  package var administration: Administration?
  /// Reads the permits that are presented; nil where none are given.
  package var permits: PermitReader?
  /// Further checks, beside those of ledger, index and constitution.
  package var checks: [HealthCheck] = []
  /// What the executable knows of itself and the machine; nil for nothing.
  package var host: (@Sendable () -> HostStatus)?
  /// The metrics, in the text form that the field `Accept` asks for.
  package var metrics: @Sendable (_ accept: String?) -> (contentType: String, text: [UInt8])

  package init(
    release: String, keySet: [UInt8],
    metrics: @escaping @Sendable (_ accept: String?) -> (contentType: String, text: [UInt8])
  ) {
    self.release = release
    self.keySet = keySet
    self.metrics = metrics
  }
}
