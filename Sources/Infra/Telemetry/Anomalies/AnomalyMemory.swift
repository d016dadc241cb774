// What the detector remembers, as JSON, so that weeks of it survive a restart. It holds rates and counts and no case; who
// loses it waits some windows until the unusual can be told again.
import JSON

extension AnomalyDetector: JSONWritable {
  private static let version = 1

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("version", Self.version)
    writer.key("rates")
    writer.beginObject()
    for (key, baseline) in baselines.sorted(by: { $0.key < $1.key }) {
      writer.key(key)
      writer.beginObject()
      for (hour, values) in baseline.recorded {
        writer.key(String(hour))
        Self.write(values, to: &writer)
      }
      writer.endObject()
    }
    writer.endObject()
    writer.key("severities")
    writer.beginObject()
    for (critic, counts) in severities.sorted(by: { $0.key < $1.key }) {
      writer.key(critic)
      Self.write(counts, to: &writer)
    }
    writer.endObject()
    writer.endObject()
  }

  private static func write(_ values: [Double], to writer: inout JSONWriter) {
    writer.beginArray()
    for value in values { writer.double(value) }
    writer.endArray()
  }

  /// Takes up what was remembered; nil for what it did not write.
  package init?(_ memory: JSONValue, bounds: AnomalyBounds) {
    guard memory["version"]?.integer == Self.version, let rates = memory["rates"]?.object?.members,
      let severities = memory["severities"]?.object?.members
    else { return nil }
    self.init(bounds: bounds)
    for rate in rates.prefix(bounds.names) {
      var baseline = SeasonalBaseline()
      for member in rate.value.object?.members ?? [] {
        guard let hour = Int(member.name), (0..<SeasonalBaseline.hours).contains(hour) else { return nil }
        for value in member.value.array ?? [] { baseline.record(value.double ?? 0, hour: hour) }
      }
      baselines[rate.name] = baseline
    }
    for critic in severities.prefix(bounds.names) {
      self.severities[critic.name] = (critic.value.array ?? []).map { $0.double ?? 0 }
    }
  }
}
