// Made-up secrets in the right formats, from a seed: each with the part that no line may show, and a sentence round it.
import Foundation
import TestSupport

struct FakeSecret: Sendable, CustomStringConvertible {
  let kind: String
  let line: String
  /// What must not be left of it.
  let core: String

  var description: String { "\(kind): \(line)" }
}

struct SecretCorpus {
  private var generator: SeededGenerator
  private(set) var secrets: [FakeSecret] = []

  private static let lower = Array("abcdefghijklmnopqrstuvwxyz")
  private static let upper = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
  private static let digit = Array("0123456789")
  private static let alnum = lower + upper + digit
  private static let hex = Array("0123456789abcdef")
  private static let base64 = alnum + ["+", "/"]
  private static let base64URL = alnum + ["-", "_"]
  private static let base32 = upper + Array("234567")

  init(seed: UInt64, each count: Int) {
    generator = SeededGenerator(seed: seed)
    for _ in 0..<count {
      authorization()
      tokens()
      namedValues()
      connections()
      pem()
      people()
      random()
      oddPasswords()
      oddCredentials()
      oddNumbers()
      oddAddresses()
    }
  }

  private mutating func text(_ alphabet: [Character], _ count: Int) -> String {
    String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "x" })
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  private mutating func pick(_ words: [String]) -> String { words.randomElement(using: &generator) ?? "" }

  private mutating func add(_ kind: String, _ core: String, _ line: String) {
    secrets.append(FakeSecret(kind: kind, line: line, core: core))
  }

  private mutating func authorization() {
    let opaque = text(Self.base64URL, number(20...60))
    add("bearer header", opaque, "Authorization: Bearer \(opaque)")
    let quoted = text(Self.base64URL, 24)
    add("bearer in JSON", quoted, "request {\"method\":\"GET\",\"authorization\":\"Bearer \(quoted)\",\"n\":1}")
    let basic = text(Self.base64, number(4...10) * 4)
    add("basic", basic, "sent header authorization=Basic \(basic) to upstream")
    let loose = text(Self.alnum, 20) + "7aB"
    add("bearer in prose", loose, "upstream refused Bearer \(loose) with 401")
    let cookie = text(Self.hex, 32)
    add("cookie", cookie, "Cookie: theme=dark; sid=\(cookie); lang=en")
    let set = text(Self.alnum, 26)
    add("set-cookie", set, "set-cookie: session=\(set); Path=/; HttpOnly")
    let proxied = text(Self.base64, 24)
    add("proxy", proxied, "Proxy-Authorization: Negotiate \(proxied)")
  }

  private mutating func tokens() {
    let header = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9"
    let jwt = "\(header).eyJzdWIiOi\(text(Self.base64URL, 40)).\(text(Self.base64URL, 86))"
    add("jwt", jwt, "token verified: \(jwt) for subject")
    let bare = "\(header).\(text(Self.base64URL, 30)).\(text(Self.base64URL, 43))"
    add("jwt in query", bare, "GET /callback?state=1&id=\(bare)&x=y 302")
    let keyed: [(String, String, Int)] = [
      ("sk-", "alnum", 48), ("sk-ant-api03-", "url", 80), ("sk-proj-", "url", 60), ("sk_live_", "alnum", 24),
      ("rk_test_", "alnum", 24), ("ghp_", "alnum", 36), ("github_pat_", "alnum", 70), ("glpat-", "url", 20),
      ("xoxb-", "bot", 0), ("AKIA", "base32", 16), ("ASIA", "base32", 16), ("AIza", "url", 35), ("npm_", "alnum", 36),
      ("SG.", "alnum", 40), ("hf_", "alnum", 34), ("hvs.", "url", 24), ("dop_v1_", "hex", 64), ("shpat_", "hex", 32),
      ("whsec_", "alnum", 32), ("AGE-SECRET-KEY-1", "base32", 58), ("pypi-", "url", 60), ("glsa_", "alnum", 32),
      ("ya29.", "url", 60), ("GOCSPX-", "url", 28), ("key-", "hex", 32), ("dckr_pat_", "url", 27),
    ]
    for (prefix, alphabet, count) in keyed {
      let tail =
        switch alphabet {
        case "alnum": text(Self.alnum, count)
        case "url": text(Self.alnum, 1) + text(Self.base64URL, count - 2) + text(Self.digit, 1)
        case "hex": text(Self.hex, count)
        case "base32": text(Self.base32, count)
        default: "\(text(Self.digit, 12))-\(text(Self.digit, 12))-\(text(Self.alnum, 24))"
        }
      let frame = pick([
        "using \(prefix)\(tail) for it", "{\"value\":\"\(prefix)\(tail)\"}", "got \(prefix)\(tail).",
        "\(prefix)\(tail)",
      ])
      add("token \(prefix)", tail, frame)
    }
    let hook = "T\(text(Self.upper, 8))/B\(text(Self.upper, 8))/\(text(Self.alnum, 24))"
    add("webhook", hook, "posting to https://hooks.slack.com/services/\(hook) failed")
    let bot = "\(number(100_000_000...999_999_999)):AA\(text(Self.base64URL, 32))x"
    add("bot", bot, "bot \(bot) started")
  }

  private mutating func namedValues() {
    let names = [
      "password", "PASSWORD", "db_password", "dbPassword", "passwd", "pwd", "client_secret", "clientSecret", "api_key",
      "apiKey", "X-API-Key", "access_token", "refresh_token", "aws_secret_access_key", "private-key", "SIGNING_KEY",
      "secret", "WITAN_TOKENS_KEY_SECRET", "session_id", "AccountKey", "SharedAccessKey", "sig", "X-Amz-Signature",
      "otp",
      "redis.password", "smtp-pass",
    ]
    for name in names {
      let value = pick([
        text(Self.alnum, number(6...20)), "Tr0ub4dor&3".replacing("&", with: "%"), "hunter\(number(10...9999))",
      ])
      switch number(0...6) {
      case 0: add("named \(name)", value, "\(name)=\(value)")
      case 1: add("named \(name)", value, "failed with \(name)=\(value), retrying")
      case 2: add("named \(name)", value, "{\"\(name)\": \"\(value)\", \"user\": \"bob\"}")
      case 3: add("named \(name)", value, "\(name): '\(value)'")
      case 4: add("named \(name)", value, "https://host.example/path?a=1&\(name)=\(value)&b=2")
      case 5: add("named \(name)", value, "{\\\"\(name)\\\":\\\"\(value)\\\"}")
      default: add("named \(name)", value, "--\(name) = \"\(value)\"")
      }
    }
    let phrase = "\(text(Self.lower, 5)) \(text(Self.lower, 6)) \(text(Self.lower, 7))"
    add("passphrase", phrase, "passphrase: \(phrase)")
    let space = text(Self.lower, 9)
    add("password in prose", space, "password: \(space) was refused")
  }

  private mutating func connections() {
    let password = text(Self.alnum, 12)
    for scheme in ["postgres", "postgresql", "mysql", "redis", "rediss", "mongodb+srv", "amqp", "https", "smtp"] {
      add("URL \(scheme)", password, "connecting to \(scheme)://app:\(password)@db.internal:5432/main?ssl=1")
    }
    add("redis without user", password, "url=redis://:\(password)@10.0.0.5:6379/0")
    let odd = "p@ss/\(text(Self.alnum, 6))"
    add("URL with odd password", odd, "mysql://root:\(odd)@host/db is down")
    let token = text(Self.alnum, 30)
    add("URL with token", token, "cloning https://\(token)@git.example/repo.git")
    add("ADO", password, "Server=tcp:db,1433;Database=main;User ID=sa;Password=\(password);Encrypt=true;")
    add("DSN", password, "host=localhost port=5432 user=app password=\(password) dbname=main")
    let account = text(Self.base64, 86) + "=="
    add(
      "Azure", account,
      "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=\(account);EndpointSuffix=core.windows.net")
    add("JDBC", password, "jdbc:postgresql://h:5432/db?user=app&password=\(password)&ssl=true")
  }

  private mutating func pem() {
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
      let lines = (0..<4).map { _ in text(Self.base64, 64) }
      let block = "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----"
      add("PEM \(label)", lines[1], "loaded \(block) from disk")
    }
    let cut = text(Self.base64, 64)
    add("PEM cut off", cut, "-----BEGIN PRIVATE KEY-----\\n\(cut)")
    let escaped = text(Self.base64, 50)
    add("PEM escaped", escaped, "{\"k\":\"-----BEGIN PRIVATE KEY-----\\n\(escaped)\\n-----END PRIVATE KEY-----\\n\"}")
  }

  private mutating func people() {
    for (prefix, length) in [("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("3530", 16), ("4", 19)] {
      let digits = card(prefix, length)
      add("card", digits, "charged \(digits) today")
      let grouped = stride(from: 0, to: digits.count, by: 4).map {
        String(Array(digits)[$0..<min($0 + 4, digits.count)])
      }
      let separator = pick([" ", "-"])
      add(
        "card in groups", grouped.joined(separator: separator), "card \(grouped.joined(separator: separator)) refused")
    }
    let national = text(Self.digit, 7)
    let phones = [
      "+1 (415) 555-\(number(1000...9999))", "+44 20 7946 0\(number(100...999))", "+49 171 \(national)",
      "+4917\(national)1",
      "(415) 555-\(number(1000...9999))", "415-555-\(number(1000...9999))", "415.555.\(number(1000...9999))",
      "0171 \(national)", "020 7946 0\(number(100...999))", "06 12 34 56 \(number(10...99))",
      "+33 6 12 34 56 \(number(10...99))",
    ]
    for phone in phones { add("phone", phone, "called \(phone) twice") }
    add("named phone", national, "phone=\(national)")
    let name = text(Self.lower, number(3...10))
    for address in [
      "\(name)@example.com", "\(name).\(name)@mail.example.co.uk", "\(name)+tag@example.org",
      "\(name)_9@sub-domain.example.io",
    ] {
      add(
        "email", address,
        pick(["mail to \(address) bounced", "from=<\(address)>", "user \(address), role admin", "(\(address))"]))
    }
    add("escaped email", name + "%40example.com", "GET /users/\(name)%40example.com 404")
  }

  /// Digits that pass Luhn's check.
  private mutating func card(_ prefix: String, _ length: Int) -> String {
    var digits = (prefix + text(Self.digit, length - prefix.count - 1)).compactMap(\.wholeNumberValue)
    var sum = 0
    for (offset, digit) in digits.reversed().enumerated() {
      sum += offset % 2 == 1 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
    }
    digits.append((10 - sum % 10) % 10)
    return digits.map(String.init).joined()
  }

  private mutating func random() {
    for length in [32, 40, 43, 64, 88] {
      let word = text(Self.base64URL, length)
      add("base64url \(length)", word, "value \(word) seen")
      let padded = text(Self.base64, length / 4 * 4) + "="
      add("base64 \(length)", padded, "[\(padded)]")
    }
    for length in [24, 28, 36] {
      let word = text(Self.alnum, length)
      add("base62 \(length)", word, "cache entry \(word) evicted")
    }
    let seed = text(Self.base32, 32)
    add("base32", seed, "otpauth seed \(seed)")
    for length in [32, 40, 64] {
      let word = text(Self.hex, length - 2) + "7e"
      add("hex \(length)", word, pick(["using \(word) now", "value=\(word)", "[\(word)]", "GET /reset/\(word) 200"]))
      let upper = word.uppercased()
      add("hex \(length) in capitals", upper, pick(["got \(upper).", "{\"v\":\"\(upper)\"}", "prefix-\(upper)"]))
    }
    let digest = text(Self.hex, 31) + "a"
    add("password's hash", digest, "password hash \(digest)")
    let long = text(Self.hex, 48)
    add("hex of no usual length", long, "derived \(long)")
  }

  private mutating func oddPasswords() {
    let (start, rest) = (text(Self.alnum, 5), text(Self.alnum, 9))
    add("quote in JSON", rest, #"{"password":"\#(start)\"\#(rest)","user":"bob"}"#)
    add("backslash in JSON", rest, #"{"password": "\#(start)\\\#(rest)", "user": "bob"}"#)
    add("backslash at the end", rest, #"{"password":"\#(rest)\\","user":"bob"}"#)
    add("quote in JSON in JSON", rest, #"{"m":"{\"password\":\"\#(start)\\\"\#(rest)\",\"user\":1}"}"#)
    let words = (0..<3).map { _ in text(Self.lower, number(4...8)) }
    add("words", words[1], "password=\(words.joined(separator: " "))")
    add("last of words", words[2], "login with password=\(words.joined(separator: " ")) user=bob")
    add("words in ADO", words[1], "User ID=sa;Password=\(words[0]) \(words[1]);Encrypt=true;")
    add("marks", rest, "password=\(start),;&\(rest) user=bob")
    add("bracket inside", rest, "password=\(start))\(rest)")
    add("array", rest, #"{"password":["\#(rest)"],"n":1}"#)
    add("array of two", rest, #"{"passwords": ["\#(start)]", "\#(rest)"], "n":1}"#)
    add("object", rest, #"{"secrets":{"db":"\#(rest)"},"n":1}"#)
    add("plural", rest, "passwords: \(rest)")
    add("plural of secrets", rest, "secrets: \(rest)")
    add("form array", rest, "password[]=\(rest)&a=b")
    add("form member", rest, "user[password]=\(rest)&a=b")
    add("escaped form member", rest, "user%5Bpassword%5D=\(rest)&a=b")
    add("tag", rest, "<user>bob</user><password>\(rest)</password>")
    add("tag with a space", words[1], "<ns:password type=\"plain\">\(words[0]) \(words[1])</ns:password>")
    add("tag verbatim", rest, "<password><![CDATA[\(start)<\(rest)]]></password>")
    add("told", "hunter\(rest)", "password is hunter\(rest)")
    add("told of a word", words[2] + "q", "the password was \(words[2])q, he said")
    add("told behind a colon", rest, "the password is: \(rest)7")
    add("told of a change", rest, "set the password to \(rest)7")
    add("arrow", rest, "password -> \(rest)")
    add("option", rest, "ran witan --password \(rest)")
    add("option in quotes", words[1], "ran witan --token '\(words[0]) \(words[1])'")
    add("pair", rest, #"{"name": "password", "value": "\#(rest)"}"#)
    add("pair of attributes", rest, "<input name=\"password\" value=\"\(rest)\">")
    add("told in quotes", words[0], "his password is '\(words[0]) \(words[1])'")
  }

  private mutating func oddCredentials() {
    let (user, word) = (text(Self.lower, 5), text(Self.alnum, number(6...12)))
    add("URL with a space", word, "postgres://\(user):pa \(word)@host/db is down")
    add("Oracle", word, "jdbc:oracle:thin:\(user)/\(word)@//db.internal:1521/main")
    add("bearer behind two spaces", word, "got Bearer  \(word)1")
    add("bearer behind a tab", word, "got bearer\t\(word)2x")
    let letters = text(Self.lower, 10) + "q"
    add("bearer of letters", letters, "got Bearer \(letters)")
    let short = Data("\(text(Self.lower, 1)):\(text(Self.lower, 1))".utf8).base64EncodedString()
    add("short basic", short, "sent Basic \(short)")
    let named = Data("\(user):\(word)".utf8).base64EncodedString()
    add("basic", named, "sent basic \(named)")
    add("curl", word, "ran curl -u \(user):\(word) https://host.example/")
    add("curl in one", word, "curl -s -u\(user):\(word) https://host.example/")
    add("curl in quotes", word, "curl --user '\(user):pa \(word)' https://host.example/")
    add("curl by a proxy", word, "curl --proxy-user=\(user):\(word) https://host.example/")
  }

  private mutating func oddNumbers() {
    let digits = card("4", 16)
    let groups = stride(from: 0, to: 16, by: 4).map { String(Array(digits)[$0..<$0 + 4]) }
    add("card behind a dash", digits, "card-\(digits)")
    add("card behind an underscore", digits, "order_\(digits) paid")
    for separator in [".", "_", "/", "  "] {
      let joined = groups.joined(separator: separator)
      add("card with '\(separator)'", joined, "charged \(joined) today")
    }
    let spaced = groups.joined(separator: " ")
    add("card and date", spaced, "charged \(spaced) 12/\(number(26...35))")
    add("card, date and check", digits, "charged \(digits) 0\(number(1...9))/29 \(number(100...999)) today")
    let american = Array(card("37", 15))
    let six = "\(String(american[..<4])).\(String(american[4..<10])).\(String(american[10...]))"
    add("card of three groups", six, "charged \(six) today")
    let tail = text(Self.digit, 4)
    for (kind, phone) in [
      ("before a colon", "+1415555\(tail)"), ("behind zeros", "00 41 79 123 \(tail.prefix(2)) \(tail.suffix(2))"),
      ("behind a trunk", "(030) 12\(tail)"),
    ] { add("phone \(kind)", phone, "\(phone): he waits") }
    for mark in ["x", " ext. "] {
      let phone = "+41 44 123 \(tail.prefix(2)) \(tail.suffix(2))"
      add("phone and extension", phone, "call \(phone)\(mark)9")
    }
  }

  private mutating func oddAddresses() {
    let name = text(Self.lower, number(4...9))
    for (kind, address) in [
      ("umlaut behind", "\(name)@münchen.de"), ("Chinese", "\(name)@例子.中国"), ("umlaut before", "jü\(name)@example.com"),
      ("apostrophe", "o'\(name)@example.com"), ("like a file", "\(name)@example.js"),
      ("punycode", "\(name)@xn--fsqu00a.xn--fiqs8s"),
    ] { add("email, \(kind)", address, pick(["mail to \(address) bounced", "from=<\(address)>", "'\(address)'"])) }
    add("git's email", "git@\(name).com", "git@\(name).com: hello")
  }
}
