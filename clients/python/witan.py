"""A client of Witan in one file, with nothing but Python's standard library (3.9 or newer).

    from witan import Witan, verify_receipt

    witan = Witan("http://127.0.0.1:8080", token)
    answer = witan.decide({"action": "send_email", "input": "…"}, receipt="proof")
    if answer["gate"]["open"]:
        ...                                       # answer["permit"] goes with the action
    elif answer["gate"]["review"]:
        closed = witan.wait_for_review(answer)    # until a human has answered
        if closed["permit"]: ...

A verdict is never an exception: `deny` comes back like any other answer. What goes wrong with a request is a `Problem`.
Receipts and permits are checked without the server: see `verify_receipt` and `verify_permit`.
"""

import base64
import hashlib
import http.client
import json
import ssl
import threading
import time
import urllib.parse

__all__ = [
    "Witan", "Problem", "ReviewPending", "Unverified", "verify_receipt", "verify_permit", "verify_note",
    "verify_inclusion", "verify_ed25519",
]


class Problem(Exception):
    """An answer that is no success (RFC 9457): `status`, `title`, `detail`, and `errors` with a pointer for each field."""

    def __init__(self, status, body):
        try:
            told = json.loads(body)
        except ValueError:
            told = {}
        self.status = status
        self.title = told.get("title", "")
        self.detail = told.get("detail", "")
        self.errors = told.get("errors", [])
        self.trace_id = told.get("trace_id")
        fields = "".join("; %s %s" % (each["pointer"], each["message"]) for each in self.errors)
        super().__init__("%d %s: %s%s" % (status, self.title, self.detail, fields))


class ReviewPending(Exception):
    """Nobody has answered the review in time; waiting may go on."""


class Unverified(Exception):
    """What was to be checked does not hold; the message says which part."""


class Witan:
    """A connection to a server. One object serves one thread; make one for each.

    `token` is a string, or a function that returns a fresh one. `context` is an `ssl.SSLContext` for https.
    """

    def __init__(self, url, token, timeout=30.0, context=None):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an address of a server: %r" % url)
        self._parts = parts
        self._token = token
        self._timeout = timeout
        self._context = context
        self._connection = None

    def close(self):
        """Ends the connection; the next request opens another."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Deciding

    def decide(self, case, idempotency_key=None, request_timeout=None, **options):
        """Decides one case. `options`: critics, explain, dry_run, cache, receipt.

        With an `idempotency_key` it is safe to send the same case again after a failure: it is decided once.
        `request_timeout`: the seconds that the server may take to ask others; critics outside that have not answered by then
        abstain, and no permit comes of the answer.
        """
        body = dict(case)
        if options:
            body["options"] = dict(body.get("options") or {}, **options)
        fields = _waiting(request_timeout)
        if idempotency_key:
            fields["Idempotency-Key"] = idempotency_key
        return self.request("POST", "/v1/deliberations", body, fields)

    def batch(self, cases, request_timeout=None):
        """Decides any number of cases, streamed both ways, and yields an answer for each, in their order.
        `request_timeout` is as for `decide`, for each group of cases that the server decides together.

        A case that is wrong yields `{"error": {…}}` in its place. What is not taken from here holds up the sending: memory
        stays small however many cases there are.
        """
        connection = self._open()
        failures = []
        try:
            connection.putrequest("POST", self._path("/v1/deliberations/batch"))
            fields = dict(_waiting(request_timeout), **{"Content-Type": "application/x-ndjson"})
            for name, value in self._fields(fields).items():
                connection.putheader(name, value)
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()

            def send():
                # Beside the reading, or both sides would wait for each other.
                try:
                    for case in cases:
                        line = json.dumps(case).encode() + b"\n"
                        connection.send(b"%x\r\n%s\r\n" % (len(line), line))
                    connection.send(b"0\r\n\r\n")
                except Exception as error:  # told where the answers are taken
                    failures.append(error)
                    connection.sock and connection.sock.shutdown(2)

            sender = threading.Thread(target=send, daemon=True)
            sender.start()
            try:
                answer = connection.getresponse()
                if answer.status != 200:
                    raise Problem(answer.status, answer.read())
                for line in answer:
                    yield json.loads(line)
            except (http.client.HTTPException, OSError):
                if failures:
                    raise failures[0]
                raise
            sender.join()
            if failures:
                raise failures[0]
        finally:
            connection.close()

    def deliberation(self, identifier):
        """The record of a deliberation: entry, case, answer, and how its review stands."""
        return self.request("GET", "/v1/deliberations/" + urllib.parse.quote(identifier, safe=""))

    def wait_for_review(self, answer, timeout=3600.0, interval=1.0):
        """Waits until the review of an answer is closed; `answer` is what `decide` gave, or a deliberation's id.

        Gives `{"review": {…}, "permit": …}`: the permit is None unless people opened the gate. Raises `ReviewPending` when
        nobody has answered within `timeout` seconds.
        """
        identifier = answer if isinstance(answer, str) else answer["id"]
        end = time.monotonic() + timeout
        while True:
            record = self.deliberation(identifier)
            review = record.get("review")
            if review is None:
                raise ValueError("%s waits for no review" % identifier)
            if review["status"] != "pending":
                return {"review": review, "permit": record.get("permit")}
            left = end - time.monotonic()
            if left <= 0:
                raise ReviewPending("the review %s is open after %g seconds" % (review["id"], timeout))
            time.sleep(min(interval, left))
            interval = min(interval * 1.5, 10.0)

    # The log

    def entry(self, index):
        """An entry of the log, as the very bytes that its hash is over. Needs the role auditor."""
        return self._send("GET", "/v1/audit/entries/%d" % index, None, {})

    def key_set(self):
        """The published keys that permits are checked with."""
        return self.request("GET", "/.well-known/jwks.json")

    def use_permit(self, permit):
        """Uses a permit up: true for the one who is first, false for everyone after, and for what is no permit."""
        return self.request("POST", "/v1/permits/check", {"permit": permit, "use": True})["valid"]

    # Requests

    def request(self, method, path, body=None, fields=None):
        """Any other operation of the API: `/docs` on the server describes them all."""
        answer = self._send(method, path, body, fields or {})
        return json.loads(answer) if answer else None

    def _send(self, method, path, body, fields):
        fields = self._fields(fields)
        if body is not None:
            body = json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        reused = self._connection is not None
        try:
            answer, text = self._exchange(method, path, body, fields)
        except (http.client.HTTPException, OSError):
            self.close()
            # A connection that was kept may have been ended meanwhile: what can be repeated is asked once more.
            if not reused or not (method == "GET" or "Idempotency-Key" in fields):
                raise
            answer, text = self._exchange(method, path, body, fields)
        if not 200 <= answer.status < 300:
            raise Problem(answer.status, text)
        return text

    def _exchange(self, method, path, body, fields):
        if self._connection is None:
            self._connection = self._open()
        self._connection.request(method, self._path(path), body, fields)
        answer = self._connection.getresponse()
        return answer, answer.read()

    def _open(self):
        host, port = self._parts.hostname, self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        context = self._context or ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)

    def _path(self, path):
        return self._parts.path.rstrip("/") + path

    def _fields(self, fields):
        token = self._token() if callable(self._token) else self._token
        return dict({"Authorization": "Bearer " + token, "Accept": "application/json"}, **fields)


def _waiting(seconds):
    if seconds is None:
        return {}
    if not 0 <= seconds < float("inf"):
        raise ValueError("not a time to wait: %r" % seconds)
    return {"Request-Timeout": "%.3f" % seconds}


# Checking without the server


def verify_receipt(entry, receipt, log_key, answer=None):
    """Checks that the log has an entry, with nothing but the log's public key; raises `Unverified` if it does not.

    entry: the entry's bytes, as `Witan.entry` gives them. receipt: that of an answer, asked for with receipt="proof".
    log_key: what `witan audit key` prints, or the server at its start. answer: where given, the entry must be that of
    this answer. Returns the entry, read.
    """
    if not receipt or "proof" not in receipt:
        raise Unverified("the receipt holds no proof: ask for receipt=\"proof\"")
    leaf = hashlib.sha256(b"\0" + entry).digest()
    if leaf.hex() != receipt["leaf_hash"]:
        raise Unverified("the entry is not the one that the receipt is for")
    size, root = verify_note(receipt["checkpoint"], log_key)
    proof = [bytes.fromhex(step) for step in receipt["proof"]]
    verify_inclusion(leaf, receipt["index"], size, proof, root)
    read = json.loads(entry)
    if read["index"] != receipt["index"]:
        raise Unverified("the entry says that it stands elsewhere")
    if answer is not None:
        if read["id"] != answer["id"]:
            raise Unverified("the entry is that of another deliberation")
        if read["body"]["verdict"] != answer["verdict"]:
            raise Unverified("the log has another verdict: %s" % read["body"]["verdict"])
    return read


def verify_note(note, log_key):
    """Checks a checkpoint (C2SP tlog-checkpoint, a signed note); gives the size and the root of the tree."""
    try:
        name, key_id, key = log_key.split("+", 2)
        key = base64.b64decode(key, validate=True)
        text, signatures = note.split("\n\n")
        text += "\n"
        origin, size, root = text.split("\n")[:3]
        size, root = int(size), base64.b64decode(root, validate=True)
    except ValueError as error:
        raise Unverified("the checkpoint or the key cannot be read: %s" % error)
    if len(key) != 33 or key[0] != 1:
        raise Unverified("the key is not one for Ed25519")
    if hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != key_id:
        raise Unverified("the key does not bear its own name")
    if origin != name:
        raise Unverified("the checkpoint is that of another log: %s" % origin)
    for line in signatures.splitlines():
        words = line.split(" ")
        if len(words) != 3 or words[0] != "\u2014" or words[1] != name:
            continue
        signature = base64.b64decode(words[2])
        if signature[:4].hex() == key_id and verify_ed25519(key[1:], text.encode(), signature[4:]):
            return size, root
    raise Unverified("the checkpoint is not signed with this key")


def verify_inclusion(leaf, index, size, proof, root):
    """RFC 9162, section 2.1.3.2: raises `Unverified` unless `leaf` stands at `index` in the tree of this size and root."""
    if not 0 <= index < size:
        raise Unverified("the tree of %d entries does not reach to entry %d" % (size, index))
    node, last, value = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise Unverified("the proof is too long")
        if node & 1 or node == last:
            value = hashlib.sha256(b"\1" + step + value).digest()
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            value = hashlib.sha256(b"\1" + value + step).digest()
        node >>= 1
        last >>= 1
    if last or value != root:
        raise Unverified("the proof does not lead to the root that was signed")


def verify_permit(permit, key_set, deliberation=None, now=None):
    """Checks a permit against the published keys; gives its claims, or raises `Unverified`.

    Whether it was used before only the server knows: `Witan.use_permit`.
    """

    def part(text):
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    try:
        header, payload, signature = permit.split(".")
        head, claims = json.loads(part(header)), json.loads(part(payload))
        signed, signature = (header + "." + payload).encode(), part(signature)
    except ValueError as error:
        raise Unverified("not a permit: %s" % error)
    if head.get("typ") != "witan-permit+jwt" or head.get("alg") != "EdDSA":
        raise Unverified("not a permit, but %s" % head.get("typ"))
    keys = [each for each in key_set["keys"] if each.get("crv") == "Ed25519" and each.get("kid") == head.get("kid")]
    if not any(verify_ed25519(part(each["x"]), signed, signature) for each in keys):
        raise Unverified("the permit is not signed with a published key")
    if claims["exp"] <= (time.time() if now is None else now):
        raise Unverified("the permit has run out")
    if deliberation is not None and claims["deliberation"] != deliberation:
        raise Unverified("the permit is for another deliberation")
    return claims


# Ed25519 (RFC 8032, section 5.1), for checking only: nothing here is secret, so nothing has to take constant time.

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


def _point(encoded):
    """A point out of its 32 bytes, in extended coordinates; None for what is no point (section 5.1.3)."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _add(left, right):
    a = (left[1] - left[0]) * (right[1] - right[0]) % _P
    b = (left[1] + left[0]) * (right[1] + right[0]) % _P
    c = 2 * left[3] * right[3] * _D % _P
    d = 2 * left[2] * right[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, point)
        point = _add(point, point)
        number >>= 1
    return result


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def verify_ed25519(key, message, signature):
    """Whether `signature` over `message` is by the holder of `key` (section 5.1.7)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    holder, commitment = _point(key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if holder is None or commitment is None or scalar >= _ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _ORDER
    left, right = _times(scalar, _BASE), _add(commitment, _times(challenge, holder))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (left[1] * right[2] - right[1] * left[2]) % _P == 0
