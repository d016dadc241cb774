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

  private static let tileProgram = #"""
    import base64, hashlib, os, sys
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    folder, vkey = sys.argv[1:]
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)

    def read(path):
        try:
            with open(os.path.join(folder, path), "rb") as file:
                return file.read()
        except FileNotFoundError:
            sys.exit(path + " is missing")

    def path(kind, index, width):
        parts = ["%03d" % (index % 1000)]
        while index >= 1000:
            index //= 1000
            parts.insert(0, "x%03d" % (index % 1000))
        return "tile/%s/%s%s" % (kind, "/".join(parts), "" if width == 256 else ".p/%d" % width)

    # C2SP signed-note and tlog-checkpoint.
    note = read("checkpoint").decode()
    text, signatures = note.split("\n\n")
    text += "\n"
    mine = [line.split(" ") for line in signatures.splitlines() if line.startswith("\u2014 " + name + " ")]
    signature = base64.b64decode(mine[0][2])
    assert signature[:4].hex() == key_id and hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id
    try:
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text.encode())
    except InvalidSignature:
        sys.exit("wrong signature")
    origin, size, root = text.splitlines()[:3]
    size = int(size)
    assert origin == name

    # C2SP tlog-tiles: bundles of entries, and the tiles of hashes over them, level by level.
    hashes = []
    for index in range((size + 255) // 256):
        width = min(256, size - 256 * index)
        bundle, count, at = read(path("entries", index, width)), 0, 0
        while at < len(bundle):
            length = int.from_bytes(bundle[at : at + 2], "big")
            entry = bundle[at + 2 : at + 2 + length]
            if len(entry) != length:
                sys.exit("a torn bundle")
            hashes.append(hashlib.sha256(b"\0" + entry).digest())
            at, count = at + 2 + length, count + 1
        if count != width:
            sys.exit("a bundle of %d entries instead of %d" % (count, width))

    # RFC 6962, section 2.1.
    def mth(leaves):
        if not leaves:
            return hashlib.sha256().digest()
        if len(leaves) == 1:
            return leaves[0]
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return hashlib.sha256(b"\1" + mth(leaves[:split]) + mth(leaves[split:])).digest()

    if mth(hashes) != base64.b64decode(root):
        sys.exit("wrong root")
    level, row = 0, hashes
    while row:
        for index in range((len(row) + 255) // 256):
            part = row[256 * index : 256 * index + 256]
            if read(path(str(level), index, len(part))) != b"".join(part):
                sys.exit("wrong tile %d of level %d" % (index, level))
        row = [mth(row[at : at + 256]) for at in range(0, len(row) - 255, 256)]
        level += 1
    print("verified %d" % size)
    """#

  /// `verified` and the size of a folder of tiles, or what is wrong with it.
  static func check(tiles: String, key: String) async throws -> String {
    let folder = try TemporaryFolder()
    try Data(tileProgram.utf8).write(to: folder.file("verify.py"))
    let python = try RunningProcess(path: "/usr/bin/python3", [folder.file("verify.py").path, tiles, key])
    _ = try await python.waitForExit()
    return (python.standardOutput + python.standardError).trimmingCharacters(in: .whitespacesAndNewlines)
  }

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
