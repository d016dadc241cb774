// A verifier that shares no line with the server: Python's hashlib and Debian's python3-cryptography, over the published
// formats (RFC 6962, C2SP signed notes).
import Foundation
import TestSupport

enum StrangersVerifier {
  private static let program = #"""
    import base64, hashlib, json, sys
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    entry = open(sys.argv[1], "rb").read()
    receipt = json.load(open(sys.argv[2]))
    name, key_id, key = sys.argv[3].split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 1
    note = receipt["checkpoint"]
    text, signatures = note.split("\n\n")
    text += "\n"
    signature = next(s for s in signatures.splitlines() if s.startswith("\u2014 " + name + " "))
    signature = base64.b64decode(signature.split(" ")[2])
    assert signature[:4].hex() == key_id
    assert hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id
    try:
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text.encode())
    except InvalidSignature:
        sys.exit("wrong signature")
    origin, size, root = text.splitlines()[:3]
    index, size = receipt["index"], int(size)
    leaf = hashlib.sha256(b"\0" + entry).digest()
    if leaf.hex() != receipt["leaf_hash"]:
        sys.exit("wrong leaf")
    # RFC 9162, section 2.1.3.2
    node, last, value = index, size - 1, leaf
    for step in receipt["proof"]:
        step = bytes.fromhex(step)
        if last == 0:
            sys.exit("proof too long")
        if node & 1 or node == last:
            value = hashlib.sha256(b"\1" + step + value).digest()
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            value = hashlib.sha256(b"\1" + value + step).digest()
        node >>= 1
        last >>= 1
    if last or value != base64.b64decode(root):
        sys.exit("wrong root")
    print("verified")
    """#

  /// `verified`, or what is wrong.
  static func check(entry: [UInt8], receipt: Data, key: String) async throws -> String {
    let folder = try TemporaryFolder()
    try Data(entry).write(to: folder.file("entry"))
    try receipt.write(to: folder.file("receipt.json"))
    try Data(program.utf8).write(to: folder.file("verify.py"))
    let python = try RunningProcess(
      path: "/usr/bin/python3",
      [folder.file("verify.py").path, folder.file("entry").path, folder.file("receipt.json").path, key])
    _ = try await python.waitForExit()
    return (python.standardOutput + python.standardError).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
