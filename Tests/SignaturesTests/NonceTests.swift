// The memory of nonces: each once, for as long as its signature would count, and never more than so many.
import Resilience
import Signatures
import Testing

@Suite("Nonces")
struct NonceTests {
  private func signature(_ nonce: String, key: String = "a", created: Int64 = 1000) -> VerifiedSignature {
    VerifiedSignature(keyID: key, nonce: nonce, created: created)
  }

  @Test("count once for each key")
  func once() async throws {
    let memory = NoncesInMemory(atMost: 10, began: 900)
    #expect(try await memory.remember(signature("n"), until: 1301, now: 1000).value)
    #expect(try await !memory.remember(signature("n"), until: 1301, now: 1300).value)
    #expect(try await memory.remember(signature("n", key: "b"), until: 1301, now: 1000).value)
    #expect(try await memory.remember(signature("bn", key: "a"), until: 1301, now: 1000).value)
    #expect(try await memory.remember(signature("n", key: "ab"), until: 1301, now: 1000).value)
  }

  @Test("are forgotten when their signatures are too old anyway, and not a second earlier")
  func forgetting() async throws {
    let memory = NoncesInMemory(atMost: 2, began: 900)
    #expect(try await memory.remember(signature("first"), until: 1301, now: 1000).value)
    #expect(try await memory.remember(signature("second"), until: 1400, now: 1100).value)
    await #expect(throws: SignatureRefusal.memoryFull("2 are remembered")) {
      try await memory.remember(signature("third"), until: 1600, now: 1301)
    }
    #expect(try await memory.remember(signature("third"), until: 1600, now: 1302).value)
    #expect(memory.count == 2)
    #expect(try await !memory.remember(signature("second"), until: 1400, now: 1302).value)
    #expect(try await memory.remember(signature("fourth"), until: 9999, now: 9000).value)
    #expect(memory.count == 1)
  }

  @Test("of signatures made before the memory began are refused, for they may have been used")
  func before() async throws {
    let memory = NoncesInMemory(atMost: 10, began: 1000)
    for created: Int64 in [900, 1000] {
      await #expect(throws: SignatureRefusal.beforeMemory) {
        try await memory.remember(signature("n", created: created), until: 1301, now: 1001)
      }
    }
    #expect(try await memory.remember(signature("n", created: 1001), until: 1302, now: 1001).value)
  }
}
