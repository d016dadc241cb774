// The limits of the HTTP server as settings, one for each that the server knows.
import Config
import HTTP

enum ServiceLimits {
  private static let defaults = ServerLimits()

  private static let sizes = ServerLimits.sizes.map { limit in
    let (least, most) = (ByteSize.bytes(limit.range.lowerBound), ByteSize.bytes(limit.range.upperBound))
    return (
      limit.path,
      Setting<ByteSize>(
        "http.\(limit.name)", default: .bytes(defaults[keyPath: limit.path]), in: .range(least...most), limit.summary)
    )
  }

  private static let counts = ServerLimits.counts.map { limit in
    (
      limit.path,
      Setting<Int>(
        "http.\(limit.name)", default: defaults[keyPath: limit.path], in: .range(limit.range), unit: limit.unit,
        limit.summary)
    )
  }

  private static let times = ServerLimits.times.map { limit in
    (
      limit.path,
      Setting<Duration>(
        "http.\(limit.name)", default: defaults[keyPath: limit.path], in: .range(limit.range), limit.summary)
    )
  }

  static let requestTime = Setting<Duration?>(
    "http.request_time", default: nil, in: .some(.range(.milliseconds(10) ... .seconds(3600))),
    "How long others (Redis, outside critics, whoever has the keys) may be called for a request, an event's case, a message or a group of lines; then it goes on without them. A caller shortens it by `Request-Timeout`. By default nine tenths of `http.handler_timeout`."
  )

  static let settings: [any DeclaredSetting] =
    sizes.map(\.1) + counts.map(\.1) + times.map(\.1) + [requestTime]

  static func time(_ configuration: Configuration) -> Duration {
    configuration[requestTime] ?? limits(configuration).handlerTimeout * 9 / 10
  }

  static func limits(_ configuration: Configuration) -> ServerLimits {
    var limits = ServerLimits()
    for (path, setting) in sizes { limits[keyPath: path] = configuration[setting].bytes }
    for (path, setting) in counts { limits[keyPath: path] = configuration[setting] }
    for (path, setting) in times { limits[keyPath: path] = configuration[setting] }
    return limits
  }
}
