// What the server answers, seen from a plain socket.
import HTTP
import Locking
import Net
import TestSupport
import Testing

@Suite struct AnswerTests {
  @Test func `A simple GET is answered with length, date and the default policy`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      let answer = try connection.get("/")
      #expect(answer.status == 200)
      #expect(answer.text == "ok")
      #expect(answer["Content-Length"] == "2")
      #expect(answer["X-Content-Type-Options"] == "nosniff")
      #expect(answer["X-Frame-Options"] == "DENY")
      #expect(answer["Cache-Control"] == "no-store")
      #expect(answer["Date"]?.hasSuffix(" GMT") == true)
      #expect(answer["traceparent"]?.count == 55)
    }
  }

  @Test func `HEAD is answered as GET without the body`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      for target in ["/", "/waiting", "/large/100000"] {
        try connection.send("HEAD \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try connection.answer(bodiless: true)
        #expect(answer.status == 200)
        #expect((answer["Content-Length"].flatMap { Int($0) } ?? 0) > 0)
      }
      #expect(try connection.get("/").text == "ok")
    }
  }

  @Test func `Unknown paths, methods and versions have their statuses`() async throws {
    try await Service.run { (service: Service) async throws in
      #expect(try request("GET", "/nowhere", port: service.port).status == 404)
      let other = try request("DELETE", "/", port: service.port)
      #expect(other.status == 405)
      #expect(other["Allow"] == "GET, POST, HEAD, OPTIONS")
      #expect(other["Content-Type"] == "application/problem+json")
      let options = try request("OPTIONS", "/", port: service.port)
      #expect(options.status == 204)
      #expect(options["Allow"] == "GET, POST, HEAD, OPTIONS")
      #expect(try request("OPTIONS", "*", port: service.port).status == 204)
      #expect(try request("BREW", "/", port: service.port).status == 501)
      #expect(try request("CONNECT", "a:1", port: service.port).status == 501)
      var old = try RawConnection(port: service.port)
      try old.send("GET / HTTP/2.0\r\nHost: a\r\n\r\n")
      #expect(try old.answer().status == 505)
    }
  }

  @Test func `A problem names its trace and what is wrong`() async throws {
    try await Service.run { (service: Service) async throws in
      let answer = try request(
        "GET", "/fails", port: service.port,
        fields: ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
      #expect(answer.status == 500)
      let problem = try answer.json()
      #expect(problem["status"] as? Int == 500)
      #expect(problem["trace_id"] as? String == "0af7651916cd43dd8448eb211c80319c")
      #expect(answer["traceparent"]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
      #expect(answer["traceparent"]?.contains("b7ad6b7169203331") == false)
    }
  }

  @Test func `How long an answer took is told, however short the time`() async throws {
    let durations = Locked<[Duration]>([])
    var options = Service.options()
    options.answered = { _, _, duration in durations.withLock { $0.append(duration) } }
    try await Service.run(options: options) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      #expect(try connection.get("/").status == 200)
      #expect(try connection.get("/waiting").status == 200)
      try await wait(for: "both to be told") { durations.withLock { $0.count } == 2 }
    }
    for duration in durations.withLock({ $0 }) { #expect(duration > .zero && duration < .seconds(5)) }
  }

  @Test func `Bodies go in and out by length and in chunks`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      let text = String(repeating: "0123456789", count: 20_000)
      for path in ["/", "/pieces", "/greedy"] {
        try connection.send("POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(text.utf8.count)\r\n\r\n" + text)
        #expect(try connection.answer().text == text)
        try connection.send(
          "POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;a=b\r\nhello\r\n1\r\n \r\n30D40\r\n\(text)\r\n0\r\n\r\n")
        #expect(try connection.answer().text == "hello " + text)
      }
    }
  }

  @Test func `Trailers are there for whoever asks`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send(
        "POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nSum: 1\r\n\r\n")
      #expect(try connection.answer().text == "Sum: 1\r\n")
      #expect(try connection.get("/").text == "ok")
    }
  }

  @Test func `Lines of a body come one by one, however it was cut`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send(
        "POST /lines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "2\r\nab\r\n4\r\nc\r\nd\r\n3\r\n\n\ne\r\n1\r\nf\r\n0\r\n\r\n")
      #expect(try connection.answer().text == "3,1,2")
    }
  }

  @Test func `A client that expects 100 is told to go on, and only when the body is wanted`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      let head = "HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
      try connection.send("POST / " + head)
      // The interim answer is passed over by `answer`; without it the body would never be sent.
      try connection.send("hi")
      #expect(try connection.answer().text == "hi")
      try connection.send("POST /unread " + head)
      let unread = try connection.answer()
      #expect(unread.text == "unread")
      #expect(unread["Connection"] == "close")
      #expect(try connection.readToEnd().isEmpty)
      #expect(
        try request("POST", "/", port: service.port, fields: ["Expect": "a miracle"], body: "a").status == 417)
    }
  }

  @Test func `A stream that reads while it answers says to go on before it begins`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send("POST /pieces HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
      let interim = try connection.bytes(through: Array("\r\n\r\n".utf8))
      #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
      try connection.send("hi")
      #expect(try connection.answer().text == "hi")
    }
  }

  @Test func `HTTP 1.0 closes unless asked to stay, and gets no chunks`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let kept = try connection.answer()
      #expect(kept["Connection"] == "keep-alive")
      try connection.send("GET /stream/3 HTTP/1.0\r\n\r\n")
      let streamed = try connection.answer()
      #expect(streamed["Transfer-Encoding"] == nil)
      #expect(streamed.text == "0\n1\n2\n")
    }
  }

  @Test func `Conditional requests are answered by the tag`() async throws {
    try await Service.run { (service: Service) async throws in
      func status(_ method: String, _ fields: [String: String]) throws -> Int {
        try request(method, "/tagged", port: service.port, fields: fields).status
      }
      #expect(try status("GET", [:]) == 200)
      #expect(try status("GET", ["If-None-Match": "\"v1\""]) == 304)
      #expect(try status("GET", ["If-None-Match": "W/\"v0\", W/\"v1\""]) == 304)
      #expect(try status("GET", ["If-None-Match": "*"]) == 304)
      #expect(try status("GET", ["If-None-Match": "\"v2\""]) == 200)
      #expect(try status("PUT", [:]) == 428)
      #expect(try status("PUT", ["If-Match": "\"v0\""]) == 412)
      #expect(try status("PUT", ["If-Match": "W/\"v1\""]) == 412)
      #expect(try status("PUT", ["If-Match": "\"v1\""]) == 204)
      #expect(try status("PUT", ["If-Match": "v1"]) == 400)
    }
  }

  @Test func `An absolute target counts for more than Host`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      #expect(try connection.get("http://b:80/target/x?y").text == "/target/x|y")
      #expect(try connection.get("http://b").text == "ok")
    }
  }

  @Test func `Paths have one reading or none`() async throws {
    try await Service.run { (service: Service) async throws in
      func get(_ target: String) throws -> RawAnswer { try request("GET", target, port: service.port) }
      #expect(try get("/target/%61%C3%A4").text == "/target/aä|-")
      #expect(try get("/target/a.b/..c").text == "/target/a.b/..c|-")
      for target in ["a%2fb", "a%5Cb", "a%00", "%zz", "%4", "%ff", "../x", "%2e%2e/x", ".", "a%0d%0ab", "x/%2E"] {
        #expect(try get("/target/\(target)").status == 400, "\(target)")
      }
      #expect(try get("/target/x?a=%2f%zz").status == 200)
      #expect(try get("//").status == 404)
    }
  }

  @Test func `Another protocol can take the connection over`() async throws {
    try await Service.run { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send("GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly ")
      try connection.send("late")
      connection.finishSending()
      let all = String(decoding: try connection.readToEnd(), as: UTF8.self)
      #expect(all.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
      #expect(all.contains("Upgrade: echo\r\n"))
      #expect(all.hasSuffix("\r\n\r\nearly late"))
    }
  }
}

@Suite struct ContentTests {
  @Test func `Statuses without content have none, whatever the handler says`() async throws {
    var router = Router()
    router.get("/204") { _ in Response(.noContent, body: Array("no".utf8)) }
    router.get("/304") { _ in Response(.notModified, body: Array("no".utf8)) }
    router.get("/s204") { _ in .stream(.noContent, contentType: .text) { try await $0.write("no") } }
    router.immediately(.get, "/") { _ in .text("ok") }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      for target in ["/204", "/304", "/s204"] {
        #expect(try connection.get(target).body.isEmpty)
        #expect(try connection.get("/").text == "ok")
      }
    }
  }

  @Test func `An event keeps its data, line by line`() async throws {
    var router = Router()
    router.get("/") { _ in
      .events { sink in
        try await sink.send("a\nb\r\nc\u{2028}d", event: "e\nx", id: "1")
        try await sink.keepAlive()
      }
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      let answer = try request("GET", "/", port: service.port)
      #expect(answer["Content-Type"] == "text/event-stream")
      #expect(answer.text == "event: ex\nid: 1\ndata: a\ndata: b\ndata: c\u{2028}d\n\n: \n\n")
    }
  }

  @Test func `What follows an unread body is answered, even when the body came late`() async throws {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      for framing in ["Content-Length: 4\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"] {
        try connection.send("POST /unread HTTP/1.1\r\nHost: a\r\n\(framing)")
        #expect(try connection.answer().text == "unread")
        let body = framing.hasPrefix("C") ? "body" : "4\r\nbody\r\n0\r\n\r\n"
        try connection.send(body + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try connection.answer().text == "ok")
      }
    }
  }

  @Test func `A body is not late because its handler took its time`() async throws {
    var router = Router()
    let gate = Gate()
    router.post("/") { request in
      await gate.wait()
      return .text(String(decoding: try await request.body.whole(), as: UTF8.self))
    }
    let options = Service.options { $0.bodyGrace = .milliseconds(300) }
    try await Service.run(options: options, router: router) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\nExpect: 100-continue\r\n\r\n")
      try connection.send(String(repeating: "a", count: 40_000))
      let loop = service.group.loops[0]
      let began = await loop.run { loop.now }
      try await wait(for: "the deadline of a late body") { await loop.run { loop.now } > began + 700_000_000 }
      await gate.open()
      #expect(try connection.answer().body.count == 40_000)
    }
  }
}
