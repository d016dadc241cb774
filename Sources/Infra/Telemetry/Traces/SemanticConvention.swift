// Names of attributes from OpenTelemetry's semantic conventions (HTTP 1.23 and later, stable), so that collectors
// understand a span without being told.

package enum SemanticConvention {
  package static let requestMethod: StaticString = "http.request.method"
  package static let responseStatus: StaticString = "http.response.status_code"
  package static let route: StaticString = "http.route"
  package static let path: StaticString = "url.path"
  package static let scheme: StaticString = "url.scheme"
  package static let serverAddress: StaticString = "server.address"
  package static let serverPort: StaticString = "server.port"
  package static let clientAddress: StaticString = "client.address"
  package static let protocolVersion: StaticString = "network.protocol.version"
  package static let errorType: StaticString = "error.type"
  package static let userAgent: StaticString = "user_agent.original"
  package static let databaseSystem: StaticString = "db.system.name"
  package static let databaseOperation: StaticString = "db.operation.name"
}
