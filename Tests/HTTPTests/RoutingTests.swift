// Which route is taken, what its handler is given, and what middleware and CORS add.
import HTTP
import JSON
import TestSupport
import Testing

@Suite struct RoutingTests {
  @Test func `Literals win over numbers, numbers over anything, anything over the rest`() async throws {
    var router = Router()
    for pattern in ["/a/b", "/a/{n:int}", "/a/{x}", "/a/{rest...}", "/a/{x}/c", "/a/b/{y}/d", "/", "/{one}/z"] {
      router.get(pattern) { request in .text(request.routePattern ?? "none") }
    }
    let expected = [
      "/a/b": "/a/b", "/a/12": "/a/{n:int}", "/a/12a": "/a/{x}", "/a/b/c": "/a/{x}/c", "/a/b/q/d": "/a/b/{y}/d",
      "/a/b/q/e": "/a/{rest...}", "/a/12/c": "/a/{x}/c", "/a/x/y/z": "/a/{rest...}", "/": "/", "/q/z": "/{one}/z",
      "/a/": nil, "/a": nil, "/q": nil, "//z": nil, "/a/%62": "/a/b", "/a/99999999999999999999": "/a/{x}",
    ]
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      for (path, pattern) in expected {
        let answer = try request("GET", path, port: service.port)
        #expect((answer.status == 200 ? answer.text : nil) == pattern, "\(path)")
      }
    }
  }

  @Test func `Parameters are typed, and a wrong form is not found`() async throws {
    var router = Router()
    router.get("/{name}/{count}") { request in
      .text("\(try request.parameter("name")) \(try request.parameter("count", as: Int.self) + 1)")
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      #expect(try request("GET", "/a%20b/41", port: service.port).text == "a b 42")
      #expect(try request("GET", "/a/b", port: service.port).status == 404)
    }
  }

  @Test func `Queries are resolved as in forms`() async throws {
    var router = Router()
    router.get("/q") { request in
      .text(request.query.members.map { "\($0.name)=\($0.value)" }.joined(separator: ";"))
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      #expect(try request("GET", "/q?a=1&b=x+y%26&c&=d&a=2", port: service.port).text == "a=1;b=x y&;c=;=d;a=2")
      #expect(try request("GET", "/q", port: service.port).text == "")
    }
  }

  @Test func `Middleware wraps the routes added after it, the first outermost, and can leave values behind`()
    async throws
  {
    enum Trail: RequestKey { typealias Value = String }
    func mark(_ letter: String) -> Middleware {
      { next in
        { request in
          var request = request
          request[Trail.self] = (request[Trail.self] ?? "") + letter
          return try await next(request).with("X-Trail-\(letter)", "yes")
        }
      }
    }
    var router = Router()
    router.get("/before") { request in .text(request[Trail.self] ?? "none") }
    router.use(mark("a"))
    router.use(mark("b"))
    router.get("/after") { request in .text(request[Trail.self] ?? "none") }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      #expect(try request("GET", "/before", port: service.port).text == "none")
      let after = try request("GET", "/after", port: service.port)
      #expect(after.text == "ab")
      #expect(after["X-Trail-a"] == "yes" && after["X-Trail-b"] == "yes")
    }
  }

  @Test func `Errors become problems in one place`() async throws {
    struct Named: Error {}
    struct Known: ProblemConvertible { var problem: Problem { Problem(.conflict, detail: "known") } }
    let unforeseen = Counter()
    var router = Router()
    router.get("/known") { _ in throw Known() }
    router.get("/named") { _ in throw Named() }
    router.get("/other") { _ in throw Unforeseen() }
    router.immediately(.get, "/at-once") { _ in throw Problem(.gone, detail: "a \"quoted\" \n detail") }
    router.post("/fields") { request in
      throw Problem(.unprocessableContent, errors: [.init("/a/b", "is missing"), .init("/c", "is \"odd\"")])
    }
    router.post("/json") { request in .json(try await request.decode(JSONValue.self)) }
    var options = Service.options()
    options.problem = { error, _ in error is Named ? Problem(.badGateway, type: "urn:named") : nil }
    options.unforeseen = { error, _ in if error is Unforeseen { unforeseen.add(1) } }
    try await Service.run(options: options, router: router) { (service: Service) async throws in
      func get(_ path: String) throws -> [String: Any] { try request("GET", path, port: service.port).json() }
      #expect(try get("/known")["detail"] as? String == "known")
      #expect(try get("/named")["type"] as? String == "urn:named")
      #expect(try get("/other")["detail"] == nil)
      #expect(unforeseen.value == 1)
      #expect(try get("/at-once")["detail"] as? String == "a \"quoted\" \n detail")
      let fields = try request("POST", "/fields", port: service.port, body: "").json()["errors"] as? [[String: String]]
      #expect(fields == [["pointer": "/a/b", "message": "is missing"], ["pointer": "/c", "message": "is \"odd\""]])
      func post(_ type: String, _ body: String) throws -> RawAnswer {
        try request("POST", "/json", port: service.port, fields: ["Content-Type": type], body: body)
      }
      #expect(try post("application/json; charset=utf-8", "[1,2]").text == "[1,2]")
      #expect(try post("text/plain", "[1,2]").status == 415)
      let malformed = try post("application/json", "[1,,2]")
      #expect(malformed.status == 400)
      #expect((try malformed.json()["detail"] as? String)?.contains("3") == true)
    }
  }

  @Test func `What a handler puts into a field cannot split the answer`() async throws {
    var router = Router()
    router.get("/") { request in
      .text("ok").with("X-Echo", "a\r\nSet-Cookie: b\0c").with("Content-Length", "99").with("Bad Name", "x")
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      let answer = try request("GET", "/", port: service.port)
      #expect(answer["X-Echo"] == "a  Set-Cookie: b c")
      #expect(answer["Set-Cookie"] == nil && answer["Bad Name"] == nil)
      #expect(answer["Content-Length"] == "2")
    }
  }

  @Test func `Pages carry a content security policy, and answers may bring their own policies`() async throws {
    var router = Router()
    router.get("/page") { _ in .html("<p>") }
    router.get("/own") { _ in
      Response.html("<p>").with("Content-Security-Policy", "x").with("Cache-Control", "max-age=1")
    }
    try await Service.run(options: Service.options(), router: router) { (service: Service) async throws in
      let page = try request("GET", "/page", port: service.port)
      #expect(page["Content-Security-Policy"]?.contains("default-src 'self'") == true)
      let own = try request("GET", "/own", port: service.port)
      #expect(own.fields.filter { $0.name == "Content-Security-Policy" }.map(\.value) == ["x"])
      #expect(own.fields.filter { $0.name == "Cache-Control" }.map(\.value) == ["max-age=1"])
    }
  }

  @Test func `CORS lets in whom it lists, answers preflights and refuses to contradict itself`() async throws {
    var options = Service.options()
    options.cors = CORS(origins: .listed(["https://a.example"]))
    options.cors?.allowsCredentials = true
    try await Service.run(options: options) { (service: Service) async throws in
      func ask(_ method: String, _ origin: String, _ more: [String: String] = [:]) throws -> RawAnswer {
        try request(method, "/", port: service.port, fields: ["Origin": origin].merging(more) { $1 })
      }
      let listed = try ask("GET", "https://a.example")
      #expect(listed["Access-Control-Allow-Origin"] == "https://a.example")
      #expect(listed["Access-Control-Allow-Credentials"] == "true")
      #expect(listed["Vary"] == "Origin")
      let other = try ask("GET", "https://b.example")
      #expect(other["Access-Control-Allow-Origin"] == nil)
      #expect(other["Vary"] == "Origin")
      let preflight = try ask("OPTIONS", "https://a.example", ["Access-Control-Request-Method": "PUT"])
      #expect(preflight.status == 204)
      #expect(preflight["Access-Control-Allow-Methods"]?.contains("PUT") == true)
      #expect(preflight["Access-Control-Allow-Origin"] == "https://a.example")
    }
    var wrong = CORS(origins: .any)
    wrong.allowsCredentials = true
    #expect(throws: CORS.ConfigurationError.wildcardWithCredentials) { try wrong.validate() }
    for origin in ["a.example", "https://a.example/", "ftp://a", "https://", "https://a b", "null"] {
      #expect(throws: CORS.ConfigurationError.malformedOrigin(origin)) {
        try CORS(origins: .listed([origin])).validate()
      }
    }
  }
}
