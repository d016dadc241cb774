// The API about itself: the OpenAPI document, and the same as a page.
import HTTP

struct DocumentRoutes {
  let release: String
  /// Whether anybody may read it.
  let isPublic: Bool

  /// `others`: the operations that are described beside these.
  func operations(beside others: [Operation]) -> [Operation] {
    let all = others + [document([]), page("")]
    return [
      document(OpenAPI(operations: all, release: release).document()),
      page(DocumentPage(operations: all, release: release).html),
    ]
  }

  private func document(_ bytes: [UInt8]) -> Operation {
    Operation(
      "openapi", .get, "/openapi.json", .service, "This API as an OpenAPI document.",
      access: isPublic ? .everyone : .authenticated,
      answers: [
        .json(
          .ok, "OpenAPI 3.1.",
          Schemas.answer([
            ("openapi", .text(atMost: 16)), ("info", .object([], open: true)), ("paths", .object([], open: true)),
          ]))
      ]
    ) { _ in
      Response.json(bytes).compressible()
    }
  }

  private func page(_ html: String) -> Operation {
    let bytes = Array(html.utf8)
    return Operation(
      "docs", .get, "/docs", .service, "This API as a page to read.", access: isPublic ? .everyone : .authenticated,
      answers: [.other("text/html", "The page.", example: #""<!doctype html>…""#)]
    ) { _ in
      Response(.ok, contentType: .html, body: bytes).with("Content-Security-Policy", DocumentPage.policy).compressible()
    }
  }
}
