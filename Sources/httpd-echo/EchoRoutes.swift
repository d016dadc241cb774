// The routes of `httpd-echo`.
import HTTP

func echoRouter() -> Router {
  var router = Router()
  let ok = Response.text("ok")
  router.immediately(.get, "/") { _ in ok }
  router.immediately(.get, "/livez") { _ in ok }
  router.post("/") { request in
    let body = try await request.body.whole()
    return Response(.ok, contentType: .binary, body: body)
  }
  router.get("/events") { _ in
    .events { sink in
      for number in 1...10 { try await sink.send("\(number)", event: "count", id: "\(number)") }
    }
  }
  return router
}
