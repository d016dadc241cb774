// Permits at their edges: which decisions get one, and which text is honoured for how long.
import Crypto
import JSON
import Ledger
import Testing
import Tokens

@testable import Engine

@Suite("Permits")
struct PermitTests {
  private let key: SigningKey
  private let reader: PermitReader

  init() throws {
    key = try SigningKey(PrivateKey.ed25519(Ed25519.PrivateKey()))
    reader = PermitReader(keySet: JWKSet([key.verifying]), issuer: "witan")
  }

  private func permit(for text: String, under constitution: Constitution = Toy.constitution) async throws -> String? {
    let proceedings = Proceedings.simulated(SimulatedLedger(), constitution: constitution, signer: key)
    return try await proceedings.deliberate(
      DeliberationRequest(matter: try Toy.matter(text)), by: "svc", trace: nil
    ).permit
  }

  private func claims(_ change: (inout JSONObject) -> Void = { _ in }) throws -> [UInt8] {
    let usual: JSONValue = [
      "iss": "witan", "jti": "prm_1", "exp": 1000, "deliberation": "dlb_1", "ledger_index": 7,
    ]
    var claims = usual.object ?? JSONObject()
    change(&claims)
    return JSONValue.object(claims).jsonBytes
  }

  private func signed(_ claims: [UInt8], type: String? = Permit.type, by other: SigningKey? = nil) throws -> String {
    try (other ?? key).compact(claims.span.bytes, type: type)
  }

  @Test("a decision with constraints has a permit as one without them, if its gate is open")
  func openGates() async throws {
    var constitution = Toy.constitution
    constitution.formulas.constrainConcern = 1.2
    let constrained = try #require(try await permit(for: Toy.destructive, under: constitution))
    #expect(try JSONValue(parsing: JWS(Array(constrained.utf8)).payload)["verdict"]?.string == "allow_with_constraints")
    #expect(try await permit(for: Toy.harmless) != nil)
    for shut in [Toy.unconsented, Toy.unappealable, Toy.degrading] { #expect(try await permit(for: shut) == nil) }
  }

  @Test("what the service signed is read back, to the last instant before it ends and not at its end")
  func lifetime() async throws {
    let presented = try reader.read(try signed(try claims()), now: 999.999)
    #expect(presented.id == "prm_1" && presented.deliberation == "dlb_1" && presented.index == 7)
    #expect(presented.claims["exp"]?.integer == 1000)
    for now in [1000, 1000.001, 1e9] {
      #expect(throws: PermitRefusal.expired) { try reader.read(try signed(try claims()), now: now) }
    }
    let real = try #require(try await permit(for: Toy.harmless))
    #expect(try reader.read(real, now: 1_800_000_000).id.hasPrefix("prm_"))
  }

  @Test("a text that is no permit of this service is refused, and why is said")
  func refusals() throws {
    let other = try SigningKey(PrivateKey.ed25519(Ed25519.PrivateKey()))
    let refused: [(PermitRefusal, String)] = [
      (.signature, try signed(try claims(), by: other)), (.issuer, try signed(try claims { $0["iss"] = "other" })),
      (.malformed, try signed(try claims(), type: "JWT")), (.malformed, try signed(try claims(), type: nil)),
      (.malformed, try signed(try claims { $0["jti"] = nil })),
      (.malformed, try signed(try claims { $0["exp"] = nil })),
      (.malformed, try signed(try claims { $0["deliberation"] = nil })),
      (.malformed, try signed(try claims { $0["ledger_index"] = -1 })), (.malformed, "no permit"), (.malformed, ""),
    ]
    for (refusal, text) in refused {
      #expect(throws: refusal, "\(text)") { try reader.read(text, now: 0) }
    }
    let foreign = PermitReader(keySet: JWKSet([other.verifying]), issuer: "witan")
    #expect(throws: PermitRefusal.signature) { try foreign.read(try signed(try claims()), now: 0) }
  }
}
