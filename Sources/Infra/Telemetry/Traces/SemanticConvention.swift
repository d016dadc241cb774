// Names of attributes from OpenTelemetry's semantic conventions (HTTP 1.23 and later, stable), so that collectors
// understand a span without being told.

package enum SemanticConvention {
  package static let requestMethod: StaticString = "http.request.method"
  package static let responseStatus: StaticString = "http.response.status_code"
  package static let route: StaticString = "http.route"
  package static let path: StaticString = "url.path"
  package static let scheme: StaticString = "url.scheme"
  package static let errorType: StaticString = "error.type"
  package static let databaseSystem: StaticString = "db.system.name"
  package static let databaseOperation: StaticString = "db.operation.name"
}
