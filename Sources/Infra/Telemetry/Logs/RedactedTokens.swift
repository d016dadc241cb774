// Tokens that begin as their issuer's tokens do, and words too random to be words.
import Glibc

extension RedactedText {
  /// A JSON Web Token, or a key with an issuer's prefix.
  func knownToken(at index: Int) -> Range<Int>? {
    if standsExactly("eyJ", at: index), let range = webToken(at: index) { return range }
    for (prefix, least) in Self.prefixesByFirst[Int(bytes[index] & 0x7F)] where standsExactly(prefix, at: index) {
      let start = index + prefix.utf8CodeUnitCount
      let stop = end(from: start, atMost: 512) { Byte.isWord($0) || "_-./".utf8.contains($0) }
      // "sk-learn", "hf_hub": a word of small letters is a name, not a key.
      let isName = (start..<stop).allSatisfy { Byte.isLower(bytes[$0]) || bytes[$0] == 0x5F || bytes[$0] == 0x2D }
      if stop - start >= least, !isName { return index..<stop }
    }
    return webhookOrBot(at: index)
  }

  /// Three (or, unsigned, two) base64url parts, the first the JSON object of a header (RFC 7519 section 3).
  private func webToken(at index: Int) -> Range<Int>? {
    func part(_ start: Int) -> Int { end(from: start) { Byte.isWord($0) || $0 == 0x2D || $0 == 0x5F } }
    let header = part(index)
    guard header - index >= 10 else { return nil }
    guard header < count, bytes[header] == 0x2E else { return header - index >= 20 ? index..<header : nil }
    var stop = part(header + 1)
    // An encrypted token has five parts (RFC 7516 section 3).
    var parts = 2
    while parts < 5, stop < count, bytes[stop] == 0x2E {
      stop = part(stop + 1)
      parts += 1
    }
    return index..<stop
  }

  /// Paths of webhooks that are secrets themselves, and bot tokens (`123456789:AA…`).
  private func webhookOrBot(at index: Int) -> Range<Int>? {
    for host in ["hooks.slack.com/services/", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/"]
      as [StaticString]
    where standsExactly(host, at: index) {
      let start = index + host.utf8CodeUnitCount
      let stop = end(from: start, while: Byte.isBase64)
      return stop > start ? start..<stop : nil
    }
    guard Byte.isDigit(bytes[index]) else { return nil }
    let number = end(from: index, atMost: 11, while: Byte.isDigit)
    guard (8...10).contains(number - index), number < count, bytes[number] == 0x3A else { return nil }
    let stop = end(from: number + 1) { Byte.isWord($0) || $0 == 0x2D || $0 == 0x5F }
    return stop - number - 1 == 35 ? index..<stop : nil
  }

  private static let prefixesByFirst: [[(StaticString, Int)]] = {
    var table = [[(StaticString, Int)]](repeating: [], count: 128)
    for prefix in prefixes { table[Int(prefix.0.utf8Start[0])].append(prefix) }
    return table
  }()

  /// What issuers put before their keys, and how many characters follow at least.
  private static let prefixes: [(StaticString, Int)] = [
    ("sk-", 16), ("sk_live_", 8), ("sk_test_", 8), ("rk_live_", 8), ("rk_test_", 8), ("pk_live_", 8), ("whsec_", 16),
    ("ghp_", 16), ("gho_", 16), ("ghu_", 16), ("ghs_", 16), ("ghr_", 16), ("github_pat_", 16),
    ("glpat-", 16), ("gldt-", 16), ("glrt-", 16), ("xoxb-", 8), ("xoxp-", 8), ("xoxa-", 8), ("xoxr-", 8), ("xoxs-", 8),
    ("xapp-", 8), ("AKIA", 16), ("ASIA", 16), ("ABIA", 16), ("ACCA", 16), ("AIza", 30), ("ya29.", 16), ("GOCSPX-", 16),
    ("SG.", 20), ("npm_", 20), ("pypi-", 16), ("dckr_pat_", 16), ("hf_", 20), ("hvs.", 16), ("hvb.", 16),
    ("dop_v1_", 16), ("doo_v1_", 16), ("shpat_", 16), ("shpss_", 16), ("shpca_", 16), ("sq0atp-", 16), ("sq0csp-", 16),
    ("EAAC", 30), ("AGE-SECRET-KEY-", 16), ("lin_api_", 16), ("figd_", 16), ("sntrys_", 16), ("glsa_", 16),
    ("NRAK-", 16),
    ("rubygems_", 16), ("PMAK-", 16), ("key-", 32), ("tskey-", 16), ("ATATT", 20), ("ATCTT", 20), ("pat-", 20),
    ("gsk_", 20), ("r8_", 20), ("xai-", 20), ("sbp_", 20), ("pscale_", 16), ("dapi", 32),
    ("secret_", 20), ("ddp_", 16), ("oat_", 16), ("phc_", 20), ("fly_", 16), ("FlyV1", 16), ("vault:v1:", 16),
    ("T3BlbkFJ", 8), ("GR1348941", 16), ("ops_eyJ", 16), ("snyk_", 16), ("cf_", 32), ("v1.0-", 24),
  ]

  /// A word of 20 characters or more that reads like random base64, base32 or the like.
  ///
  /// Hex alone cannot tell a key from a digest, an identifier or a trace, and those are what a log is searched by: the word
  /// before it decides (`HexName`). Words joined by slashes are read as one, for base64 has
  /// slashes too, and then each for itself, for so have paths.
  func randomWord(at index: Int) -> Range<Int>? {
    guard Byte.isBase64(bytes[index]), bytes[index] != 0x3D else { return nil }
    let isPartStart = index > 0 && bytes[index - 1] == 0x2F
    guard isPartStart || index == 0 || !Byte.isJoined(bytes[index - 1]) else { return nil }
    let stop = end(from: index, while: Byte.isJoined)
    if !isPartStart, let word = judge(index..<end(from: stop, atMost: 2) { $0 == 0x3D }) { return word }
    let part = end(from: index, atMost: stop - index) { $0 != 0x2F }
    if part == stop { return isPartStart ? judge(index..<end(from: stop, atMost: 2) { $0 == 0x3D }) : nil }
    return judge(index..<part)
  }

  /// The word, or the first part of it (between dashes or underscores) that is random by itself.
  private func judge(_ word: Range<Int>) -> Range<Int>? {
    guard word.count >= 20, !isOwnIdentifier(word), !isUniversalIdentifier(word), !isTraceParent(word) else {
      return nil
    }
    // An identifier inside a name (`report-123e4567-…`) says nothing of what stands round it.
    if let identifier = firstIdentifier(in: word) {
      return judge(word.lowerBound..<identifier.lowerBound) ?? judge(identifier.upperBound..<word.upperBound)
    }
    if word.contains(where: { bytes[$0] == 0x2F }), isPath(word) { return nil }
    if isRandom(word) { return word }
    var start = word.lowerBound
    while start < word.upperBound {
      let part = start..<end(from: start, atMost: word.upperBound - start, while: Byte.isWord)
      if part.count >= 20, isRandom(part) { return part }
      start = max(part.upperBound, start + 1)
    }
    return nil
  }

  private func isRandom(_ word: Range<Int>) -> Bool {
    var hasLower = false
    var hasUpper = false
    var hasDigit = false
    var isWhole = true
    for place in word {
      hasLower = hasLower || Byte.isLower(bytes[place])
      hasUpper = hasUpper || Byte.isUpper(bytes[place])
      hasDigit = hasDigit || Byte.isDigit(bytes[place])
      isWhole = isWhole && Byte.isWord(bytes[place])
    }
    let isMixed = hasLower && hasUpper
    // In one case alone, names are joined of parts (pods, hosts, constants); a key is one piece.
    if isHexOfUsualLength(word) { return hasDigit && (hasLower || hasUpper) && isUnnamedHex(word) }
    guard isMixed || hasDigit && isWhole else { return false }
    guard entropy(word) >= 3.2 else { return false }
    return isMixed ? changes(word) >= 0.2 : changes(word) >= 0.1 || longestConsonants(word) >= 5
  }

  /// The longest run of letters without a vowel: in words at most four.
  private func longestConsonants(_ word: Range<Int>) -> Int {
    var longest = 0
    var run = 0
    for place in word {
      let isConsonant = Byte.isLetter(bytes[place]) && !"aeiouy".utf8.contains(Byte.lower(bytes[place]))
      run = isConsonant ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  /// How often neighbouring letters and digits differ in class, a capital before a small letter excepted: in names seldom
  /// (once a word), in base64 every other time.
  /// Parts that are hex of a usual length are passed over.
  private func changes(_ word: Range<Int>) -> Double {
    var changes = 0
    var pairs = 0
    var start = word.lowerBound
    while start < word.upperBound {
      let part = start..<end(from: start, atMost: word.upperBound - start, while: Byte.isWord)
      start = part.upperBound + 1
      guard part.count > 1, part.count < 8 || !isHexOfUsualLength(part) else { continue }
      for place in part.dropLast() {
        let (left, right) = (bytes[place], bytes[place + 1])
        if Byte.isDigit(left) != Byte.isDigit(right) || Byte.isLower(left) && Byte.isUpper(right) { changes += 1 }
      }
      pairs += part.count - 1
    }
    return pairs == 0 ? 0 : Double(changes) / Double(pairs)
  }

  /// The first UUID that stands as a part of its own in a longer word.
  private func firstIdentifier(in word: Range<Int>) -> Range<Int>? {
    guard word.count > 36 else { return nil }
    return (word.lowerBound...word.upperBound - 36).lazy.filter { place in
      place == word.lowerBound || !Byte.isWord(bytes[place - 1])
    }.map { $0..<$0 + 36 }.first { range in
      isUniversalIdentifier(range) && (range.upperBound == word.upperBound || !Byte.isWord(bytes[range.upperBound]))
    }
  }

  /// Bits for each character, by the frequencies in the word itself (Shannon).
  private func entropy(_ word: Range<Int>) -> Double {
    var counts = InlineArray<128, UInt16>(repeating: 0)
    for place in word.prefix(1024) { counts[Int(bytes[place] & 0x7F)] += 1 }
    let total = Double(min(word.count, 1024))
    var bits = 0.0
    for symbol in 0..<128 where counts[symbol] > 0 {
      let share = Double(counts[symbol]) / total
      bits -= share * log2(share)
    }
    return bits
  }

  /// Identifiers (8, 16, 32 digits), SHA-1 (40), SHA-256 (64), SHA-384 (96), SHA-512 (128), in one case.
  private func isHexOfUsualLength(_ word: Range<Int>) -> Bool {
    guard word.count <= 32 || [40, 64, 96, 128].contains(word.count) else { return false }
    return word.allSatisfy { Byte.isHex(bytes[$0]) && !Byte.isUpper(bytes[$0]) }
      || word.allSatisfy { Byte.isHex(bytes[$0]) && !Byte.isLower(bytes[$0]) }
  }

  /// Hex of a key's length that was drawn at random and that nothing before it calls an identifier or a hash.
  private func isUnnamedHex(_ word: Range<Int>) -> Bool {
    guard [32, 40, 64, 96, 128].contains(word.count), entropy(word) >= 3, !isPatterned(word) else { return false }
    var end = word.lowerBound
    while end > 0, word.lowerBound - end < 3, " =\"':@/([-_#".utf8.contains(bytes[end - 1]) { end -= 1 }
    guard end < word.lowerBound else { return true }
    var start = nameStart(before: end)
    // "trace id 4bf9…".
    if end - start == 2, stands("id", at: start), start > 1, bytes[start - 1] == 0x20 {
      start = nameStart(before: start - 1)
    }
    guard HexName.isIdentifier(bytes[start..<end]) else { return true }
    // "the password hash 5f4d…".
    return start > 1 && bytes[start - 1] == 0x20 && HexName.isOfSecret(bytes[nameStart(before: start - 1)..<start - 1])
  }

  private func nameStart(before end: Int) -> Int {
    var start = end
    while start > 0, end - start < SecretName.limit, SecretName.isPart(bytes[start - 1]) { start -= 1 }
    return start
  }

  /// Characters in equal steps, or the same again and again.
  private func isPatterned(_ word: Range<Int>) -> Bool {
    let steps = word.dropFirst(2).count { bytes[$0] &- bytes[$0 - 1] == bytes[$0 - 1] &- bytes[$0 - 2] }
    if steps * 3 >= word.count { return true }
    return (1...word.count / 2).contains { period in
      word.dropFirst(period).allSatisfy { bytes[$0] == bytes[$0 - period] }
    }
  }

  /// `00-` trace, span and flags (W3C Trace Context).
  private func isTraceParent(_ word: Range<Int>) -> Bool {
    let start = word.lowerBound
    guard word.count == 55, [2, 35, 52].allSatisfy({ bytes[start + $0] == 0x2D }) else { return false }
    return word.allSatisfy { Byte.isHex(bytes[$0]) || bytes[$0] == 0x2D }
  }

  /// A UUID (RFC 9562), or a ULID: 26 characters of Crockford's base32 that begin with a time of this age.
  private func isUniversalIdentifier(_ word: Range<Int>) -> Bool {
    if word.count == 26, bytes[word.lowerBound] == 0x30 {
      let isCrockford = word.allSatisfy {
        Byte.isDigit(bytes[$0]) || Byte.isUpper(bytes[$0]) && !"ILOU".utf8.contains(bytes[$0])
      }
      if isCrockford { return true }
    }
    guard word.count >= 36 else { return false }
    let hasDashes = [8, 13, 18, 23].allSatisfy { bytes[word.lowerBound + $0] == 0x2D }
    let isHex = (word.lowerBound..<word.lowerBound + 36).allSatisfy { Byte.isHex(bytes[$0]) || bytes[$0] == 0x2D }
    return hasDashes && isHex && (word.count == 36 || !Byte.isWord(bytes[word.lowerBound + 36]))
  }

  private func isOwnIdentifier(_ word: Range<Int>) -> Bool {
    ownPrefixes.contains { prefix in
      word.count <= prefix.count + 48 && word.count > prefix.count
        && prefix.indices.allSatisfy { bytes[word.lowerBound + $0] == prefix[$0] }
        && (word.lowerBound + prefix.count..<word.upperBound).allSatisfy { Byte.isWord(bytes[$0]) }
    }
  }

  /// A path: parts that are mostly short, or plain words, or identifiers.
  private func isPath(_ word: Range<Int>) -> Bool {
    var start = word.lowerBound
    var longest = 0
    var parts = 0
    while start < word.upperBound {
      let stop = end(from: start, atMost: word.upperBound - start) { $0 != 0x2F }
      let part = start..<stop
      parts += 1
      if !isOwnIdentifier(part), !isHexOfUsualLength(part), !isUniversalIdentifier(part), changes(part) >= 0.2 {
        longest = max(longest, part.count)
      }
      start = stop + 1
    }
    return longest < 8 && parts >= 2
  }
}

/// A name that says of hex behind it that it is an identifier or a hash, and no key.
enum HexName {
  static func isIdentifier(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    !isOfSecret(name) && endings.contains { ends(name, with: $0) }
  }

  /// Whether a field of the log or of a span, whose name the program chose, holds an identifier or a hash.
  static func isIdentifyingField(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    isIdentifier(name) || !isOfSecret(name) && ends(name, with: "id")
  }

  /// Whether a secret's name stands in it.
  static func isOfSecret(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    let secrets: [StaticString] = ["pass", "secret", "token", "key", "session", "auth", "cookie", "credential"]
    return name.indices.contains { start in secrets.contains { stands($0, at: start, in: name) } }
  }

  private static func stands(_ word: StaticString, at start: Int, in name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard start + word.utf8CodeUnitCount <= name.endIndex else { return false }
    return (0..<word.utf8CodeUnitCount).allSatisfy { Byte.lower(name[start + $0]) == word.utf8Start[$0] }
  }

  /// Case, `_`, `-` and `.` do not count.
  private static func ends(_ name: Slice<UnsafeBufferPointer<UInt8>>, with word: StaticString) -> Bool {
    var rest = word.utf8CodeUnitCount
    for byte in name.reversed() where Byte.isWord(byte) {
      if rest == 0 { return true }
      guard Byte.lower(byte) == word.utf8Start[rest - 1] else { return false }
      rest -= 1
    }
    return rest == 0
  }

  private static let endings: [StaticString] = [
    "trace", "traceid", "span", "spanid", "parent", "parentid", "requestid", "correlationid", "commit", "revision",
    "rev",
    "tree", "head", "sha", "sha1", "sha224", "sha256", "sha384", "sha512", "md5", "digest", "hash", "checksum", "etag",
    "match", "root", "leaf", "fingerprint", "thumbprint", "machineid", "bootid", "container", "image", "overlay2",
    "blobs", "objects", "layers", "b3", "build", "buildid", "instanceid", "invocationid",
  ]
}
