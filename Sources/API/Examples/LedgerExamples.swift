// Answers of a running server, shortened: the log.

extension Examples {
  static let ledgerAnswers: [String: StaticString] = [
    "listEntries": #"""
    {
      "entries": [
        {
          "actor": "root",
          "body": {
            "cache": "miss", "case": "effb4b1ae4d88cb60e7b36d81b1daa225a6daa8e2c921ee35cc691911919ab41",
            "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
            "escalations": [
              {"clause": "A1", "critic": "autonomy", "tier": 2},
              {"clause": "R1", "critic": "risk", "tier": 3}
            ],
            "gate": {"open": false, "requires": "determination", "tier": 3},
            "opinions": [{"clauses": [], "confidence": 0.5, "critic": "rights", "severity": 0}],
            "reason": {"clause": "R1", "critic": "risk"},
            "review": {
              "actor": "agent-7", "expires": "2026-11-23T07:25:58.661322Z",
              "id": "rev_01m7vxj2g5hfs43y8qh8f6qmvh", "people": 1
            },
            "score": 1.306036, "uncertainty": 0.445674, "verdict": "escalate", "weights_version": 1
          },
          "commitment": "d11ae38fee4307d65561456e6ecfbee4db6cc8173cfe70c6c6a32f4f289ff0d8",
          "id": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8", "index": 2, "subject": null,
          "time": "2026-11-20T07:25:58.663500Z", "trace": "6469af63fbfdad69f89d4a2faf0cd80b",
          "type": "deliberation", "version": 1
        }
      ],
      "next": "MmMwYmNhNjZjMjE1ZTJjMi45", "indexed_to": 12, "complete": true
    }
    """#,
    "readEntry": #"""
    {
      "actor": "root",
      "body": {
        "cache": "miss", "case": "effb4b1ae4d88cb60e7b36d81b1daa225a6daa8e2c921ee35cc691911919ab41",
        "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
        "escalations": [
          {"clause": "A1", "critic": "autonomy", "tier": 2},
          {"clause": "R1", "critic": "risk", "tier": 3}
        ],
        "gate": {"open": false, "requires": "determination", "tier": 3},
        "opinions": [{"clauses": [], "confidence": 0.5, "critic": "rights", "severity": 0}],
        "reason": {"clause": "R1", "critic": "risk"},
        "review": {
          "actor": "agent-7", "expires": "2026-11-23T07:25:58.661322Z",
          "id": "rev_01m7vxj2g5hfs43y8qh8f6qmvh", "people": 1
        },
        "score": 1.306036, "uncertainty": 0.445674, "verdict": "escalate", "weights_version": 1
      },
      "commitment": "d11ae38fee4307d65561456e6ecfbee4db6cc8173cfe70c6c6a32f4f289ff0d8",
      "id": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8", "index": 2, "subject": null,
      "time": "2026-11-20T07:25:58.663500Z", "trace": "6469af63fbfdad69f89d4a2faf0cd80b",
      "type": "deliberation", "version": 1
    }
    """#,
    "proveEntry": #"""
    {
      "index": 2, "size": 4,
      "leaf_hash": "bf2c9c5949546949f524bd369ef0f400a692971b4091ad84265dd609630c3ffa",
      "proof": [
        "2b2fae82ed81c278e52b78c43d1f04a1e051a3312336fdb6cb5297ef3f20bdfe",
        "6fce58927c86febe23382cb5cd7202676be0259d4f695b146560aface8d26b63"
      ]
    }
    """#,
    "proveConsistency": #"""
    {
      "from": 1, "to": 12,
      "proof": [
        "7d62452b91a10bd8a4b10cf4c9434625534ff72edd570e67cc8dfd24cc9c084e",
        "3b904fe9caaf0ca85d69743c2155aee1af44f825f0238ad3e7940accfb9e1685",
        "d4843a6eb1601516d193e1d56e7998b2e7757106aae2c01caee18d976688d351"
      ]
    }
    """#,
    "readStatistics": #"""
    {
      "size": 12, "indexed_to": 12,
      "types": {
        "constitution": 2, "deliberation": 4, "permit": 1, "precedent": 1, "review": 1, "service": 1,
        "weights": 2
      },
      "verdicts": {"allow": 3, "escalate": 2}, "first_time": "2026-11-20T07:25:56.100724Z",
      "last_time": "2026-11-20T07:25:59.530678Z", "database_bytes": 4096
    }
    """#,
    "erasePayload": #"""
    {
      "index": 12, "leaf_hash": "32dc9dce54b3ac203475f311ade91e4dc5dce5451bf946ec4eb8f2fe9fd11fbe",
      "time": "2026-11-20T07:25:59.546290Z"
    }
    """#,
  ]
}
