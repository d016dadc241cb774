// Answers of a running server, shortened: the service itself.

extension Examples {
  static let serviceAnswers: [String: StaticString] = [
    "jwks": #"""
    {
      "keys": [
        {
          "kty": "OKP", "crv": "Ed25519", "x": "BcuT7_Sd8dLRgbW4R2_5t1IC2-5TwzwmCN_aNCTcGvg",
          "kid": "dpo3DMl7eHRrTpZukGc0BE_FsJTT1XqhlqGzMqvx24M", "use": "sig", "alg": "EdDSA"
        }
      ]
    }
    """#,
    "status": #"""
    {
      "release": "0.1.0",
      "constitution": "sha256:f498bab89b02064d9048464b9bdecbfb733a079627c2867348ff90a7a9a205c8",
      "weights_version": 3,
      "ledger": {
        "writable": true, "reason": null, "size": 16, "queued": 0, "indexed_to": 16,
        "key": "witan.local/log+7ee43aee+AZPBK4bmijrpt+qXEBisCryE0tAAwk5bHorEP3PuEBTo"
      },
      "reviews": {"waiting": 0}, "cache": {"hits": 0, "misses": 6, "insertions": 4}, 
      "components": [
        {"name": "ledger", "state": "ok", "decides_readiness": true, "detail": null},
        {"name": "index", "state": "ok", "decides_readiness": false, "detail": null},
        {"name": "disk", "state": "degraded", "decides_readiness": true, "detail": "1.2 GiB of 40.0 GiB left"}
      ],
      "degraded": ["disk"], "started": "2026-11-20T07:25:51.004210Z",
      "versions": {"witan": "0.1.0", "openssl": "OpenSSL 3.0.17 1 Jul 2025", "sqlite": "3.40.1", "linux": "6.1.0"},
      "admission": "batches_slowly",
      "resources": [
        {"name": "disk", "pressure": "warning", "used": 41661644800, "limit": 42949672960, "unit": "bytes"}
      ],
      "breakers": [], "webhooks": [],
      "degradation": {"level": "none", "parts": []},
      "undertakings": {
        "backup": {
          "state": "done", "started": "2026-11-20T07:25:59.562245Z",
          "ended": "2026-11-20T07:25:59.574694Z", "by": "root",
          "result": {
            "folder": "./data/backups/2026-11-20T07-25-59.562424Z", "ok": true, "entries": 14,
            "size": 14, "payloads": 6, "erased": 1, "faults": 0, "found": [],
            "remarks": ["payloads were not decrypted: the master key is not at hand"]
          }
        },
        "integrity": {
          "state": "done", "started": "2026-11-20T07:25:59.575690Z",
          "ended": "2026-11-20T07:25:59.581777Z", "by": "root",
          "result": {
            "ok": true, "entries": 16, "size": 16, "payloads": 6, "erased": 1, "faults": 0, "found": [],
            "remarks": []
          }
        }
      }
    }
    """#,
    "openapi": #"""
    {"openapi": "3.1.0", "info": {"title": "Witan", "version": "0.1.0"}, "paths": {}}
    """#,
    "reload": #"""
    {"applied": [], "need_restart": []}
    """#,
    "backup": #"""
    {
      "state": "done", "started": "2026-11-20T07:25:59.562245Z", "ended": "2026-11-20T07:25:59.574694Z",
      "by": "root",
      "result": {
        "folder": "./data/backups/2026-11-20T07-25-59.562424Z", "ok": true, "entries": 14, "size": 14,
        "payloads": 6, "erased": 1, "faults": 0, "found": [],
        "remarks": ["payloads were not decrypted: the master key is not at hand"]
      }
    }
    """#,
    "integrity": #"""
    {
      "state": "done", "started": "2026-11-20T07:25:59.575690Z", "ended": "2026-11-20T07:25:59.581777Z",
      "by": "root",
      "result": {
        "ok": true, "entries": 16, "size": 16, "payloads": 6, "erased": 1, "faults": 0, "found": [],
        "remarks": []
      }
    }
    """#,
    "resetBreaker": #"""
    {"name": "redis.cache", "state": "closed", "failure_rate": 0, "calls": 0, "openings": 1, "refusals": 12}
    """#,
    "listRevocations": #"""
    {
      "revocations": [
        {
          "id": "rvk_01m7vxj2g5hfs43y8qh8f6qmvh", "token": "mGkHZ6RbM1tVqk9rjYcQ2A", "until": null, "by": "root",
          "reason": "Found in a log file of the build.", "time": "2026-11-20T07:25:59.523976Z"
        }
      ],
      "next": null
    }
    """#,
    "revoke": #"""
    {
      "revocation": {
        "id": "rvk_01m7vxj2g5hfs43y8qh8f6qmvh", "token": "mGkHZ6RbM1tVqk9rjYcQ2A", "until": null, "by": "root",
        "reason": "Found in a log file of the build.", "time": "2026-11-20T07:25:59.523976Z"
      },
      "receipt": {
        "index": 10, "leaf_hash": "2d1eb845192bff4731d3ed1cfb0fcce4101384d6842388e556ff73b887ffa2e0",
        "time": "2026-11-20T07:25:59.523976Z"
      }
    }
    """#,
  ]
}
