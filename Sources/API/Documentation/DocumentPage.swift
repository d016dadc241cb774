// The API as a page for people: made of the declarations that the OpenAPI document is made of, in one piece, with neither
// scripts nor anything from elsewhere.
import Crypto
import HTTP
import JSON

struct DocumentPage {
  let operations: [Operation]
  let release: String

  /// What a browser is allowed to do with the page: show it, with its own style.
  static let policy =
    "default-src 'none'; style-src 'sha256-\(Base64.encode(SHA256.digest(Array(style.utf8)).bytes))'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  /// The page as HTML.
  var html: String {
    var text = HTMLText()
    text.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    text.raw(
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Witan: the API</title>\n")
    text.raw("<style>\(Self.style)</style>\n</head>\n<body>\n")
    introduce(&text)
    text.raw("<main>\n")
    for topic in topics {
      text.raw("<section><h2 id=\"\(topic.rawValue)\">")
      text.text(topic.rawValue)
      text.raw("</h2>\n")
      for operation in operations where operation.topic == topic { describe(operation, &text) }
      text.raw("</section>\n")
    }
    describeSchemas(&text)
    text.raw("</main>\n</body>\n</html>\n")
    return text.html
  }

  private var topics: [Topic] { Topic.allCases.filter { topic in operations.contains { $0.topic == topic } } }

  private func introduce(_ text: inout HTMLText) {
    text.raw("<header><h1>Witan</h1><p>The API of release ")
    text.text(release)
    text.raw(
      "; for programs: <a href=\"/openapi.json\">/openapi.json</a>. JSON in UTF-8; errors are "
        + "<code>application/problem+json</code> (RFC 9457). Requests carry a token: "
        + "<code>Authorization: Bearer …</code>. A verdict is never an error: a denied case is answered with 200.</p>\n"
        + "<nav>")
    for topic in topics {
      text.raw("<details><summary><a href=\"#\(topic.rawValue)\">")
      text.text(topic.rawValue)
      text.raw("</a></summary><ul>")
      for operation in operations where operation.topic == topic {
        text.raw("<li><a href=\"#\(operation.identifier)\"><b>\(operation.method.name)</b> ")
        text.text(operation.documentedPath)
        text.raw("</a></li>")
      }
      text.raw("</ul></details>")
    }
    text.raw("</nav></header>\n")
  }

  // MARK: Operations

  private func describe(_ operation: Operation, _ text: inout HTMLText) {
    text.raw("<article id=\"\(operation.identifier)\"><h3><b>\(operation.method.name)</b> <code>")
    text.text(operation.documentedPath)
    text.raw("</code></h3>\n<p>")
    text.marked(operation.summary)
    text.raw("</p>\n<p class=\"who\">Who: ")
    text.text(operation.access == .everyone ? "everyone" : operation.access.description)
    text.raw("</p>\n")
    describeParameters(operation, &text)
    if let schema = operation.body.schema {
      text.raw("<h4>Body</h4>\n<p>")
      text.text(operation.body.types.joined(separator: " or "))
      text.raw(": ")
      text.shape(schema)
      text.raw("</p>\n")
      if let example = operation.body.example { text.example(example.description) }
    }
    text.raw("<h4>Answers</h4>\n<table>")
    for answer in operation.allAnswers.sorted(by: { $0.status.rawValue < $1.status.rawValue }) {
      text.raw("<tr><td>\(answer.status.rawValue)</td><td>")
      text.marked(answer.summary)
      text.raw(" ")
      if answer.type == "application/json" { text.shape(answer.schema) } else { text.code(answer.type) }
      text.raw("</td></tr>\n")
    }
    text.raw("</table>\n")
    if let example = operation.example {
      text.raw("<details><summary>One such answer</summary>")
      text.example(example.description)
      text.raw("</details>\n")
    }
    text.raw("</article>\n")
  }

  private func describeParameters(_ operation: Operation, _ text: inout HTMLText) {
    let parameters = operation.allParameters
    if parameters.isEmpty { return }
    text.raw("<h4>Parameters</h4>\n<table>")
    for parameter in parameters {
      text.raw("<tr><td>")
      text.code(parameter.name)
      text.raw("</td><td>")
      text.text(parameter.place.rawValue + (parameter.isRequired ? ", required" : ""))
      text.raw("</td><td>")
      text.marked(parameter.summary)
      text.raw(" ")
      text.shape(parameter.schema)
      text.raw("</td></tr>\n")
    }
    text.raw("</table>\n")
  }

  // MARK: Shapes

  private func describeSchemas(_ text: inout HTMLText) {
    text.raw("<section><h2 id=\"shapes\">shapes</h2>\n")
    for (name, schema) in OpenAPI.named(in: operations).sorted(by: { $0.key < $1.key }) {
      text.raw("<article id=\"shape-\(name)\"><h3>")
      text.text(name)
      text.raw("</h3>\n")
      if let members = schema.members {
        text.raw("<table>")
        for member in members {
          text.raw("<tr><td>")
          text.code(member.name)
          text.raw("</td><td>")
          text.text(member.isRequired ? "always" : "may be left out")
          text.raw("</td><td>")
          text.marked(member.summary)
          text.raw(" ")
          text.shape(member.schema)
          text.raw("</td></tr>\n")
        }
        text.raw("</table>")
      } else {
        text.raw("<p>")
        text.shape(schema)
        text.raw("</p>")
      }
      text.raw("</article>\n")
    }
    text.raw("</section>\n")
  }

  private static let style = """
    :root{color-scheme:light dark;--line:#8884;--quiet:#777}
    body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
    h1,h2,h3{line-height:1.2}h2{margin-top:3rem;border-bottom:1px solid var(--line);text-transform:capitalize}
    h3 b{font-weight:700}h4{margin:1rem 0 .3rem}article{margin:2rem 0}
    code,pre{font:.9em/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.8rem;border:1px solid var(--line)}
    table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.3rem .6rem .3rem 0;vertical-align:top}
    .who,.kind{color:var(--quiet)}nav ul{list-style:none;padding-left:1rem}a{color:inherit}
    """
}

extension Schema {
  /// The members of an object, through its name.
  fileprivate var members: [Member]? {
    switch self {
    case .object(let rule): rule.members
    case .named(_, let schema): schema.members
    default: nil
    }
  }
}

extension Operation {
  /// One answer to it, where all goes well and there is something to see.
  var example: StaticString? {
    answers.first { $0.status == .ok }?.example ?? Examples.answers[identifier]
  }
}
