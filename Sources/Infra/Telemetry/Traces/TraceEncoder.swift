// Finished traces as one ExportTraceServiceRequest of OTLP 1 (opentelemetry-proto, collector/trace/v1 and trace/v1; the
// numbers are its field numbers). Texts pass the redactor here, on their only way out.
import TraceContext

struct TraceEncoder: Sendable {
  let resource: [(key: String, value: String)]
  let scopeName: String
  let scopeVersion: String
  let redactor: Redactor

  func encode(_ traces: [TraceRecorder]) -> [UInt8] {
    var request = ProtobufWriter()
    request.message(1) { resourceSpans in
      resourceSpans.message(1) { resource in
        for (key, value) in self.resource { attribute(1, key, .string(value), &resource) }
      }
      resourceSpans.message(2) { scopeSpans in
        scopeSpans.message(1) { scope in
          scope.text(1, scopeName)
          scope.text(2, scopeVersion)
        }
        for trace in traces {
          trace.read { state in
            for index in state.spans.indices { scopeSpans.message(2) { span(state, index, &$0) } }
          }
        }
      }
    }
    return request.bytes
  }

  private func span(_ state: TraceRecorder.State, _ index: Int, _ writer: inout ProtobufWriter) {
    let context = state.context
    let record = state.spans[index]
    writer.bigEndian(1, context.trace.high, context.trace.low)
    writer.bigEndian(2, record.id.value)
    writer.text(3, redactor.redact(context.state.text))
    if let parent = record.parent { writer.bigEndian(4, parent.value) }
    writer.text(5, index == 0 ? redactor.redact(state.name) : record.name.description)
    writer.unsigned(6, UInt64(record.kind.rawValue))
    writer.fixed64(7, record.start.nanoseconds)
    writer.fixed64(8, (record.end ?? record.start).nanoseconds)
    for one in state.attributes where one.span == index { attribute(9, one.key.description, one.value, &writer) }
    if index == 0, state.droppedSpans > 0 {
      attribute(9, "telemetry.dropped_spans", .integer(Int(state.droppedSpans)), &writer)
    }
    writer.unsigned(10, UInt64(record.droppedAttributes))
    if record.status != .unset { writer.message(15) { $0.unsigned(3, UInt64(record.status.rawValue)) } }
    // Bits 0–7 are the trace's flags; bit 8 says that whether the parent is remote is known, bit 9 that it is.
    let isRemote: UInt32 = index == 0 && record.parent != nil ? 0x200 : 0
    writer.fixed32(16, UInt32(context.flags.rawValue) | 0x100 | isRemote)
  }

  private func attribute(_ field: Int, _ key: String, _ value: LogValue, _ writer: inout ProtobufWriter) {
    writer.message(field) { pair in
      pair.text(1, key)
      pair.message(2) { any in
        switch LogLine(redactor: redactor).redacted(value, named: key) {
        case .string(let text): any.chosenText(1, text)
        case .boolean(let value): any.chosenBoolean(2, value)
        case .integer(let number): any.chosenInteger(3, number)
        case .number(let number): any.chosenDouble(4, number)
        }
      }
    }
  }
}
