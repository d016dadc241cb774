// Cross-origin access by configuration: none unless origins are named, and never any origin together with credentials.
import Config
import HTTP

enum ServiceCORS {
  static let origins = Setting<[String]>(
    "cors.origins", default: [],
    "Origins whose pages may read answers in a browser, such as https://console.example; \"*\" for all.")
  static let credentials = Setting<Bool>(
    "cors.credentials", default: false, "Whether those pages may send credentials; not together with \"*\".")
  static let maximumAge = Setting<Duration>(
    "cors.max_age", default: .seconds(600), in: .range(.zero ... .seconds(86_400)),
    "How long a browser may go by what it was told.")

  static let section = SettingSection(
    "CORS", "Pages of other origins; what contradicts itself stops the start.", [origins, credentials, maximumAge])

  static func cors(_ configuration: Configuration) -> CORS? {
    let named = configuration[origins]
    guard !named.isEmpty else { return nil }
    var cors = CORS(origins: named.contains("*") ? .any : .listed(named))
    cors.allowsCredentials = configuration[credentials]
    cors.maximumAge = configuration[maximumAge]
    return cors
  }
}
