// The official protocol classes of OpenTelemetry (PyPI's `opentelemetry-proto`), asked what they understand. They lie in an
// environment of their own, made by `Tools/install test`.
import Foundation

package enum ProtocolClasses {
  private static let folder = Fixtures.packageRoot.appending(path: ".build/python")

  /// Whether they are there; says on standard error when not.
  package static let areInstalled: Bool = {
    let found = FileManager.default.enumerator(atPath: folder.appending(path: "lib").path)?.contains { name in
      (name as? String)?.hasSuffix("collector/trace/v1/trace_service_pb2.py") == true
    }
    if found != true { FileHandle.standardError.write(Data("skipped: opentelemetry-proto not installed\n".utf8)) }
    return found == true
  }()

  package struct Span {
    package let trace: String
    package let id: String
    package let parent: String
    package let state: String
    package let name: String
    package let kind: Int
    package let start: Int
    package let end: Int
    package let status: Int
    package let flags: Int
    package let attributes: [String: Any]
  }

  /// What the file, an ExportTraceServiceRequest as it was sent, says: as JSON, a list of resources with their spans.
  package static func json(of file: URL) async throws -> String {
    let process = try RunningProcess(path: folder.appending(path: "bin/python3").path, ["-c", script, file.path])
    guard try await process.waitForExit() == 0 else { throw RunningProcess.Ended(description: process.standardError) }
    return process.standardOutput
  }

  package static func spans(in file: URL) async throws -> [Span] {
    let read = try JSONSerialization.jsonObject(with: Data(try await json(of: file).utf8))
    return ((read as? [[String: Any]]) ?? []).flatMap { $0["spans"] as? [[String: Any]] ?? [] }.map { span in
      func text(_ name: String) -> String { span[name] as? String ?? "" }
      func number(_ name: String) -> Int { span[name] as? Int ?? 0 }
      return Span(
        trace: text("trace"), id: text("span"), parent: text("parent"), state: text("state"), name: text("name"),
        kind: number("kind"), start: number("start"), end: number("end"), status: number("status"),
        flags: number("flags"), attributes: span["attributes"] as? [String: Any] ?? [:])
    }
  }

  private static let script = """
    import sys, gzip, json
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service
    request = service.ExportTraceServiceRequest()
    body = open(sys.argv[1], "rb").read()
    request.ParseFromString(gzip.decompress(body) if body[:2] == b"\\x1f\\x8b" else body)
    def value(any):
      return getattr(any, any.WhichOneof("value"))
    def pairs(list):
      return {pair.key: value(pair.value) for pair in list}
    out = []
    for resource in request.resource_spans:
      for scope in resource.scope_spans:
        out.append({"resource": pairs(resource.resource.attributes), "scope": [scope.scope.name, scope.scope.version],
          "spans": [{"trace": s.trace_id.hex(), "span": s.span_id.hex(), "parent": s.parent_span_id.hex(),
            "state": s.trace_state, "name": s.name, "kind": s.kind, "start": s.start_time_unix_nano,
            "end": s.end_time_unix_nano, "status": s.status.code, "flags": s.flags,
            "attributes": pairs(s.attributes)} for s in scope.spans]})
    json.dump(out, sys.stdout)
    """
}
