// Lines that a server really logs and that hold no secret: none of them may be changed.

enum InnocentLines {
  static let all: [String] =
    sentences + paths + identifiers + numbers + structured + nearMisses
    + (0..<24).map {
      "2026-11-\(10 + $0 % 20)T0\($0 % 10):15:00.12345\($0 % 10)Z request \($0) took \($0 * 37).\($0)ms status=200"
    }
    + (0..<24).map { "GET /v1/audit/entries?from=\($0 * 1000)&limit=\($0 + 1)&type=deliberation 200 \($0)ms" }
    + (0..<16).map { "worker \($0) on cpu\($0 % 2): 10\($0).\($0)% busy, \($0 * 4096) bytes, load 0.\($0)\($0)" }

  private static let sentences = [
    "The ledger is open.", "listening on 127.0.0.1:8080", "listening on [::1]:8443 with TLS 1.3",
    "token expired 3 minutes ago", "token: expired", "token: invalid signature in line 3", "password required",
    "password: required", "password reset requested by an administrator", "secret ballot opened",
    "the secret is empty", "no secret given", "authorization: missing", "authorization: required",
    "basic authentication is disabled", "Basic Authentication refused", "the bearer of this ticket",
    "bearer authentication configured", "cookie policy unchanged", "unexpected token: }",
    "unexpected token < in JSON at position 0",
    "api_key: none", "apiKey=null", "session_id=unset", "private_key: null", "max_tokens=4096",
    "prompt_tokens=120 completion_tokens=83",
    "tokens: 512", "total_tokens: 1024 of 4096", "12 pass: 3 skipped", "pass: 12 fail: 0", "compass=north",
    "bypass=true",
    "hotel: Ritz", "intel=false", "keyboard=us", "key=value", "key: trace_id", "monkey=1", "public_key_count=3",
    "the key is rotated every 90 days", "master key loaded from data/keys/master.key", "signature: valid",
    "signature valid",
    "signing checkpoint of tree size 104729", "jwt: expired", "jwt algorithm EdDSA accepted", "csrf=false",
    "credentials: none", "Accept-Encoding: gzip, deflate, br",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "user-agent: curl/7.88.1", "Content-Type: application/json; charset=utf-8", "If-Match: \"7\"", "ETag: W/\"1234\"",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "SIGTERM received, draining 12 connections",
    "reloaded witan.yaml: limits.body 1MiB to 2MiB", "configuration: 3 settings need a restart",
    "disk 83% full, floor 5%",
    "reviewer acknowledged the risk", "escalated to a human: clause A2, tier 3", "verdict deny, score 2.71828182845904",
    "mean 0.4111111111111111 stddev 0.0041111111111111", "email delivery disabled", "phone: not given", "mobile=true",
    "call me maybe", "tel aviv", "image@2x.png not found", "npm install left-pad@1.3.0",
    "decorator @Sendable on closure",
    "meet @ noon", "a @ b", "twitter handle @witan", "git clone git@github.com:witan/witan.git",
    "ssh://git@host.example/repo.git",
    "python3 -m http.server", "sk-learn 1.4.2 loaded", "scikit-learn_and_other_packages", "hf_hub cache warm",
    "npm_config_registry unset",
    "cross-site-scripting-filter-was-enabled", "witan-server-configuration-reference",
    "WITAN_LIMITS_REQUESTS_PER_CONNECTION",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "thisIsAVeryLongCamelCaseIdentifierForAMethod",
    "DeliberationRequestHandlerFactoryV2Implementation",
    "java.lang.IllegalArgumentException: bad input",
    "at com.example.service.impl.RequestHandlerImpl.handle(RequestHandlerImpl.java:127)",
    "supercalifragilisticexpialidocious", "antidisestablishmentarianism", "internationalization2024",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "========================================", "----------------------------------------",
    "1111111111111111111111111111",
  ]

  private static let paths = [
    "/usr/lib/python3/dist-packages/pkg_resources/__init__.py", "/etc/ssl/certs/ca-certificates.crt",
    "/work/Sources/Infra/Telemetry/Logs/Redactor.swift:42:7", "open /var/lib/witan/data/ledger.sqlite3-wal",
    "GET /v1/deliberations/dlb_4fG7hK2mP9qR5tVxZ8bNcD3w/explanation 200", "/v1/reviews/rev_01hv3kz8x2m9q7/acknowledge",
    "https://witan.example/v1/audit/consistency?from=100&to=200", "https://host.example/@user/status/12",
    "http://localhost:8080/livez", "https://example.com:8443/a/b/c?x=1#frag", "file:///var/log/witan.log",
    "/audit/tile/0/x001/x234/567.p/89", "redis://cache.internal:6379/0",
    "postgres://db.internal:5432/witan?sslmode=verify-full",
    "s3://bucket-name-2024/path/to/object.tar.gz", "/proc/self/fd/17", "C:\\Program Files\\Witan\\witan.exe",
    "refs/heads/feature/longer-branch-name-for-testing", "docker.io/library/postgres:16.4-bookworm",
    "a/b/c/d/e/f/g/h/i/j/k/l/m/n",
    "/tmp/witan-test-7F3C1B2A-9D4E-4F60-8A1B-2C3D4E5F6071/witan.yaml:1:7",
    "report-123e4567-e89b-12d3-a456-426614174000.json",
    "Build-0123456789abcdef0123456789abcdef-Release",
    "/var/lib/docker/overlay2/4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e1234/merged",
    "vendor/github.com/prometheus/client_golang/prometheus/registry.go",
  ]

  private static let identifiers = [
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7", "commit d22fb57a8b1c9e0f3a4b5c6d7e8f90a1b2c3d4e5",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "request 123e4567-e89b-12d3-a456-426614174000 done",
    "UUID 550E8400-E29B-41D4-A716-446655440000", "ulid 01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "etag \"5d41402abc4b2a76b9719d911017c592\"",
    "pod witan-7d4b9c6f5d-x2x9z restarted", "node ip-10-0-12-34.eu-central-1.compute.internal",
    "container 4f66ad9a0b2e started",
    "image witan@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "build 20261120041500-abcdef0",
    "dlb_4fG7hK2mP9qR5tVxZ8bNcD3w decided", "rev_9aB8cD7eF6gH5iJ4kL3mN2oP opened", "weights version 7",
    "constitution v1.2.0-rc.1+build.5",
    "machine-id 0123456789abcdef0123456789abcdef", "MAC 00:1a:2b:3c:4d:5e", "fe80::1ff:fe23:4567:890a%eth0", "AS64512",
    "x86_64-unknown-linux-gnu", "arm64-v8a", "ISO-8859-1", "sha512-256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "libssl3-3.0.11-1~deb12u2",
  ]

  private static let numbers = [
    "1732075200000000000", "timestamp 1732075200000", "took 0.4111111111111111 s", "pi 3.14159265358979323846", "1e-9",
    "0x7ffee4b2a9c8",
    "bytes 4111111111111112", "order 1234567890123456", "serial 9999999999999999", "10.0.0.1", "192.168.100.200:54321",
    "2026-11-20",
    "2026-11-20 04:15:00", "04:15:00.123", "20/Nov/2026:04:15:00 +0000", "Fri, 20 Nov 2026 04:15:00 GMT",
    "version 12.34.56.78",
    "1,234,567,890", "rows 100 200 300 400", "001 002 003 004", "0 1 2 3 4 5 6 7 8 9", "+0.5", "+1", "-273.15", "+100%",
    "(12)", "(404) not found",
    "port 5432", "exit status 137", "range 100-200", "lines 120-130", "chapter 10-11-12", "ratio 16:9", "12-34-56",
    "555-1234",
    "pid 12345 tid 12346", "65536 131072 262144 524288", "size=1048576", "offset 18446744073709551615",
    "id=281474976710655",
    "0.1 0.2 0.3", "p50=1.2ms p99=34.5ms p999=120.0ms", "2021-2026", "index 104729 of 1299709", "00000000", "123-45",
    "99.999%",
  ]

  private static let structured = [
    #"{"level":"info","count":12,"path":"/v1/critics","ok":true}"#, #"{"verdict":"allow","score":0.42,"critics":8}"#,
    #"{"critic":"autonomy","severity":2.2,"confidence":0.9}"#, #"{"token_type":"JWT","alg":"EdDSA","kid":"2026-11"}"#,
    #"{"password_set":true,"secret_count":0}"#, #"{"limits":{"body":"1MiB","header":"16KiB"}}"#,
    "status=503 retry_after=5 reason=shedding",
    "cache=hit level=1 age=12s", "breaker=open upstream=model failures=5",
    "method=POST route=/v1/deliberations status=200 bytes=1532",
    "a=1 b=2 c=3", "x:y:z", "foo;bar;baz", "<html><body>404</body></html>",
    "SELECT id, body FROM entries WHERE index >= ?1 LIMIT 100",
    "error: no such table: entries", "errno=28 (No space left on device)", "EPIPE: broken pipe", "alg=none refused",
    "kid=2026-11-a",
  ]

  /// What nearly has the shape of a secret.
  private static let nearMisses = [
    "the password to the vault is kept", "password to be set", "a token to use: none", "run with --token --verbose",
    "--password-file /etc/witan/password", "git push --force --tags origin main", "name=colour value=red", "value: 12",
    #"{"name":"password_policy","value":"strict"}"#, "critics -> verdict -> log",
    "the password is required", "password is too short", "password is 12 characters long", "your password was changed",
    "the password is not set", "a password is never logged", "passphrase is missing", "the secret is 32 bytes long",
    "the token is 3 minutes old", "token is expired", "the token was refused", "a token is asked for", "secrets: none",
    "passwords: none", "password[]=null", "<password></password>", "<password/>", "<passwords>", "<token>  </token>",
    "<compass>north</compass>", "a > b and b > c", "Bearer authentication is expected", "Bearer tokens only",
    "basic arithmetic", "basic 4 steps", "basic tests pass", "digest mismatch at entry 12", "negotiate the limits",
    "docker run -u 1000:1000 --rm witan", "chown -u node:node", "sort -u names:values.txt | head", "id -u root",
    "journalctl -u witan.service", "http://localhost:8080 is up", "https://example.com: no answer",
    "redis://cache:6379 up, no user", "jdbc:oracle:thin:@//db.internal:1521/main", "order_4111111111111112 shipped",
    "card-4111111111111112", "4111.1111.1111.1112", "versions 4.18.0/5.10.0/6.1.0", "12/27 123", "4111 of 1111 rows",
    "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16", "4111/2222 parts done", "tile 4111_1111", "rows 4096  8192  1024  512",
    "00 01 02 03 04 05 06 07", "00 10 20 30 40 50", "00:41:79:12:34:56", "(404) 123456", "(12) 345678",
    "+14: three more", "+01:00: the zone", "1415555: ok", "git@github.com:witan/witan.git cloned", "icon@2x.png: found",
    "jquery@3.7.1.min.js", "@münchen", "münchen.de is up", "o'clock @ noon", "left-pad@1.3.0: installed",
    "trace id 4bf92f3577b34da6a3ce929d0e0e4736", "trace_id=4bf92f3577b34da6a3ce929d0e0e4736",
    "root 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 of 12 entries",
    "x-b3-traceid: 80f198ee56343ba864fe8b2a57d3eff7", "b3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1",
    "GET /repos/witan/commit/d22fb57a8b1c9e0f3a4b5c6d7e8f90a1b2c3d4e5", "md5 5d41402abc4b2a76b9719d911017c592",
    "sha1-d22fb57a8b1c9e0f3a4b5c6d7e8f90a1b2c3d4e5", "00000000000000000000000000000000",
    "ffffffffffffffffffffffffffffffffffffffff", "object 507f1f77bcf86cd799439011",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "0123456789abcdef0123456789abcdef",
    "/var/lib/docker/overlay2/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08/merged",
    #"{"password":null,"n":1}"#, #"{"password":"","user":"bob"}"#, #"{"password":[],"secrets":{},"n":1}"#,
    #"{"tokens":[12,13],"max_tokens":4096}"#, "unexpected token: [ in line 3", "unexpected token: { in line 4",
  ]
}
