// Base 16 and base 64: the RFC's examples, the round trip, and the refusal of every text but the canonical one.
import Testing

@testable import Crypto

@Suite struct EncodingTests {
  @Test func base64MatchesTheExamplesOfRFC4648() {
    let examples = [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ]
    for (plain, encoded) in examples {
      #expect(Base64.encode(Array(plain.utf8)) == encoded)
      #expect(Base64.decode(encoded) == Array(plain.utf8))
      let unpadded = encoded.filter { $0 != "=" }
      #expect(Base64URL.encode(Array(plain.utf8)) == String(unpadded))
      #expect(Base64URL.decode(String(unpadded)) == Array(plain.utf8))
    }
  }

  @Test func everyByteStringSurvivesARoundTrip() {
    for count in 0..<200 {
      let bytes = SecureRandom.bytes(count)
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
      #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z", "Zm9v\n", " Zm9v", "Zm 9", "====", "=", "==", "Zm9vZg==Zm9v", "Zm9v====",
    "Zm-_", "Zm9\u{e9}",
  ])
  func base64RefusesWhatItWouldNotWrite(text: String) { #expect(Base64.decode(text) == nil) }

  @Test(arguments: ["Zg==", "Zh", "Zm9", "Z", "Zm9v\n", " Zm9v", "Zm+/", "Zm9v=", "Zm9\u{0}"])
  func base64URLRefusesWhatItWouldNotWrite(text: String) {
    // "Zm9" has stray bits: 'm9' ends in binary 01.
    #expect(Base64URL.decode(text) == nil)
  }

  @Test func everyShortTextIsEitherRefusedOrCanonical() {
    // All strings of up to three bytes over a set that mixes digits, padding and strangers.
    let letters = Array("ABQgwZ09-_+/= \n".utf8)
    var texts: [[UInt8]] = [[]]
    var from = 0
    for _ in 0..<4 {
      let upTo = texts.count
      for index in from..<upTo { texts += letters.map { texts[index] + [$0] } }
      from = upTo
    }
    for text in texts {
      if let bytes = Base64URL.decode(text.span.bytes) { #expect(Array(Base64URL.encode(bytes).utf8) == text) }
      if let bytes = Base64.decode(text.span.bytes) { #expect(Array(Base64.encode(bytes).utf8) == text) }
    }
  }

  @Test func hexReadsEitherCaseAndRefusesTheRest() {
    #expect(Hex.decode("00ffAb") == [0, 255, 0xAB])
    for bad in ["0", "0g", "0 ", "\u{e9}"] { #expect(Hex.decode(bad) == nil) }
    #expect(Hex.encode(bigEndian: 0x0123_4567_89AB_CDEF) == "0123456789abcdef")
  }
}
