// Whom the client does not call, whatever leads there: a URL, a name, a redirect, or a proxy.
import HTTPClient
import Net
import Testing

@Suite("Forbidden addresses")
struct ForbiddenAddressTests {
  @Test(
    "are known in every notation and wrapping",
    arguments: [
      ("1.1.1.1", .global), ("0.1.2.3", .unspecified), ("127.8.8.8", .loopback), ("10.1.2.3", .private),
      ("172.15.0.1", .global), ("172.16.0.1", .private), ("172.31.255.255", .private), ("172.32.0.1", .global),
      ("192.168.1.1", .private), ("100.64.0.1", .private), ("169.254.1.1", .linkLocal), ("169.254.169.254", .metadata),
      ("100.100.100.200", .metadata), ("168.63.129.16", .metadata), ("192.0.0.1", .reserved), ("198.18.0.1", .private),
      ("224.0.0.1", .multicast), ("255.255.255.255", .reserved), ("[::]", .unspecified), ("[::1]", .loopback),
      ("[::2]", .reserved), ("[::ffff:10.0.0.1]", .private), ("[::ffff:169.254.169.254]", .metadata),
      ("[64:ff9b::169.254.169.254]", .metadata), ("[64:ff9b::8.8.8.8]", .global), ("[64:ff9b:1::1]", .reserved),
      ("[2002:7f00:1::1]", .loopback), ("[2001::1]", .reserved), ("[2001:db8::1]", .reserved),
      ("[2001:4860:4860::8888]", .global), ("[fe80::1]", .linkLocal), ("[febf::1]", .linkLocal),
      ("[fec0::1]", .private),
      ("[fc00::1]", .private), ("[fd00:ec2::254]", .metadata), ("[ff02::1]", .multicast), ("[4000::1]", .reserved),
    ] as [(String, AddressKind)])
  func kinds(address: String, kind: AddressKind) throws {
    #expect(AddressKind(try #require(SocketAddress("\(address):80"))) == kind)
  }

  @Test(
    "are not connected to, however they are written",
    arguments: ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
  func direct(host: String) async throws {
    try await Calling.run({ $0.addresses = AddressPolicy() }) { client, _ in
      let error = await Calling.failure(client, OutgoingRequest(.get, "http://\(host):9/"))
      guard case .forbiddenAddress(_, _, .loopback) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test(
    "stay forbidden whatever is allowed",
    arguments: ["169.254.169.254", "0.0.0.0", "224.0.0.1", "[fe80::1]", "[fd00:ec2::254]"])
  func always(host: String) async throws {
    try await Calling.run({ $0.addresses = AddressPolicy(allowsLoopback: true, allowsPrivate: true) }) { client, _ in
      let error = await Calling.failure(client, OutgoingRequest(.get, "http://\(host)/"))
      guard case .forbiddenAddress = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("are not reached by redirects; nor are other schemes")
  func redirects() async throws {
    let server = try await TestServer()
    try await Calling.run({ $0.limits.redirects = 3 }) { client, _ in
      let metadata = await Calling.failure(
        client, OutgoingRequest(.get, server.url("/to?302!http://169.254.169.254/latest")))
      #expect(
        metadata == .forbiddenAddress(host: "169.254.169.254", address: "169.254.169.254", kind: .metadata))
      let near = await Calling.failure(client, OutgoingRequest(.get, server.url("/to?307!http://10.0.0.1/")))
      #expect(near == .forbiddenAddress(host: "10.0.0.1", address: "10.0.0.1", kind: .private))
      for scheme in ["ftp", "file", "gopher"] {
        let error = await Calling.failure(client, OutgoingRequest(.get, server.url("/to?302!\(scheme)://127.0.0.1/x")))
        guard case .forbiddenRedirect = error else { Issue.record("\(String(describing: error))"); continue }
      }
    }
  }

  @Test("written as such are not asked of a proxy; the proxy itself may be near")
  func proxies() async throws {
    let server = try await TestServer()
    try await Calling.run({
      $0.addresses = AddressPolicy()
      $0.proxy = .explicit(server.url(""))
    }) { client, _ in
      let answer = try await client.send(OutgoingRequest(.get, "http://nobody.invalid/x"), deadline: Calling.time)
      #expect(answer.text.contains(#""path": "http://nobody.invalid/x""#))
      let error = await Calling.failure(client, OutgoingRequest(.get, "http://169.254.169.254/"))
      #expect(error == .forbiddenAddress(host: "169.254.169.254", address: "169.254.169.254", kind: .metadata))
    }
  }
}
