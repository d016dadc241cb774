// Answers of a running server, shortened: deliberations and permits.

extension Examples {
  static let deliberationAnswers: [String: StaticString] = [
    "deliberate": #"""
    {
      "id": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8", "trace_id": "6469af63fbfdad69f89d4a2faf0cd80b",
      "verdict": "escalate", "score": 1.306036,
      "gate": {
        "open": false, "tier": 3, "requires": "determination",
        "review": "/v1/reviews/rev_01m7vxj2g5hfs43y8qh8f6qmvh"
      },
      "reason": {
        "critic": "risk", "clause": "R1",
        "text": "Irreversible or large-scale harm: something is to be done that cannot be undone (irreversible, strength 0.89, in /input)."
      },
      "uncertainty": {
        "overall": 0.445674, "epistemic": 0.266096, "aleatoric": 0.244688, "precedent": 0,
        "parts": {
          "missing_facts": ["rollback", "consent"], "abstentions": 0, "novelty": 0, "bound": 0.530665,
          "score_bound": 1.337118
        },
        "would_help": ["State `rollback` in the context: R3 cannot be decided without it."]
      },
      "opinions": [
        {
          "critic": "autonomy", "severity": 1.848, "confidence": 0.78, "weight": 1,
          "adjusted": 2.259803,
          "concerns": [
            {
              "principle": "self_determination", "clause": "A1", "severity": 1.848,
              "rationale": "Consent failure: something is done to people without or against their consent (without consent, strength 0.78, in /input).",
              "evidence": [
                {
                  "detector": "consent_bypass", "field": "/input", "start": 46, "end": 60,
                  "strength": 0.7799999713897705, "kind": "without_consent"
                }
              ]
            }
          ]
        }
      ],
      "abstentions": [],
      "dissent": [
        {
          "critic": "autonomy", "principle": "self_determination", "clause": "A1", "severity": 1.848,
          "rationale": "Consent failure: something is done to people without or against their consent (without consent, strength 0.78, in /input).",
          "evidence": [
            {
              "detector": "consent_bypass", "field": "/input", "start": 46, "end": 60,
              "strength": 0.7799999713897705, "kind": "without_consent"
            }
          ]
        }
      ],
      "escalations": [
        {
          "critic": "autonomy", "clause": "A1", "tier": 2,
          "rationale": "Consent failure: something is done to people without or against their consent (without consent, strength 0.78, in /input)."
        },
        {
          "critic": "risk", "clause": "R1", "tier": 3,
          "rationale": "Irreversible or large-scale harm: something is to be done that cannot be undone (irreversible, strength 0.89, in /input)."
        }
      ],
      "constraints": [], "precedents": [], "notes": [],
      "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
      "weights_version": 1, "cache": "miss", "permit": null,
      "receipt": {
        "index": 2, "leaf_hash": "bf2c9c5949546949f524bd369ef0f400a692971b4091ad84265dd609630c3ffa",
        "time": "2026-11-20T07:25:58.663500Z", "size": 3,
        "checkpoint": "witan.local/log\n3\nXMGbumGq35ev+1TCOC1+a5t+/Zc+Zk6hKRpqOgb1EHk=\n\n— witan.local/log fuQ67nLV9Cydz5oiM6W8N3nDjH1F6GxG22UF4X1UpKhZJ1X3sSn2dQkCA/6l4idv8Pbp0/OxUbYEtLioUdx74v4tFgU=\n",
        "proof": ["6fce58927c86febe23382cb5cd7202676be0259d4f695b146560aface8d26b63"]
      }
    }
    """#,
    "deliberateAll": #"""
    {
      "results": [
        {
          "id": "dlb_01m7vxj2m2ebw82he7bx3ya5nx", "trace_id": "d376321993c3caa9a239465aaa9c4b27",
          "verdict": "allow", "score": 0.019524,
          "gate": {"open": true, "tier": null, "requires": null, "review": null},
          "reason": {"critic": null, "clause": null, "text": "No concern reached the constitution's thresholds."},
          "uncertainty": {
            "overall": 0.067408, "epistemic": 0.06, "aleatoric": 0.007881, "precedent": 0,
            "parts": {
              "missing_facts": ["impact"], "abstentions": 0, "novelty": 0, "bound": 0.068258,
              "score_bound": 0.019532
            },
            "would_help": ["State `impact` in the context: PR1 cannot be decided without it."]
          },
          "opinions": [
            {
              "critic": "rights", "severity": 0.0896, "confidence": 0.6, "weight": 1,
              "adjusted": 0.09262, "concerns": []
            }
          ],
          "abstentions": [], "dissent": [], "escalations": [], "constraints": [], "precedents": [],
          "notes": [],
          "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
          "weights_version": 1, "cache": "miss", "permit": "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",
          "receipt": {
            "index": 4, "leaf_hash": "5820fb7e75fe38770bbd9ec7b4c90265eb6b2872d47f7561cdd022474fcdd3e0",
            "time": "2026-11-20T07:25:58.786810Z"
          }
        },
        {
          "error": {
            "type": "about:blank", "title": "Unprocessable Content", "status": 422,
            "detail": "some fields are wrong", "trace_id": "d376321993c3caa9a239465aaa9c4b27",
            "errors": [
              {"pointer": "/action", "message": "is required"},
              {"pointer": "/actoin", "message": "is not known here; did you mean “action”?"}
            ]
          }
        }
      ],
      "summary": {
        "total": 2, "decided": 1, "errors": 1,
        "verdicts": {"allow": 1, "allow_with_constraints": 0, "escalate": 0, "deny": 0}
      }
    }
    """#,
    "readDeliberation": #"""
    {
      "index": 2,
      "entry": {
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
      },
      "erased": false,
      "record": {
        "format": 1,
        "case": {
          "action": "delete_backup", "actor": "agent-7",
          "context": {"environment": "production", "impact": "high", "reversible": false},
          "input": "Delete the old backup of production for good, without asking anyone.",
          "kind": "tool_call"
        },
        "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
        "weights": {
          "version": 1,
          "weights": {
            "autonomy": 1, "due_process": 1, "fairness": 1, "pragmatics": 1, "precedent": 1,
            "privacy": 1, "rights": 1, "risk": 1, "truth": 1, "uncertainty": 1
          }
        },
        "answer": {
          "verdict": "escalate", "score": 1.306036,
          "gate": {"open": false, "tier": 3, "requires": "determination"},
          "reason": {
            "critic": "risk", "clause": "R1",
            "text": "Irreversible or large-scale harm: something is to be done that cannot be undone (irreversible, strength 0.89, in /input)."
          },
          "uncertainty": {
            "overall": 0.445674, "epistemic": 0.266096, "aleatoric": 0.244688, "precedent": 0,
            "parts": {
              "missing_facts": ["rollback", "consent"], "abstentions": 0, "novelty": 0,
              "bound": 0.530665, "score_bound": 1.337118
            },
            "would_help": ["State `rollback` in the context: R3 cannot be decided without it."]
          },
          "opinions": [
            {
              "critic": "autonomy", "severity": 1.848, "confidence": 0.78, "weight": 1,
              "adjusted": 2.259803,
              "concerns": [
                {
                  "principle": "self_determination", "clause": "A1", "severity": 1.848,
                  "rationale": "Consent failure: something is done to people without or against their consent (without consent, strength 0.78, in /input).",
                  "evidence": [
                    {
                      "detector": "consent_bypass", "field": "/input", "start": 46, "end": 60,
                      "strength": 0.7799999713897705, "kind": "without_consent"
                    }
                  ]
                }
              ]
            }
          ],
          "abstentions": [],
          "dissent": [
            {
              "critic": "autonomy", "principle": "self_determination", "clause": "A1",
              "severity": 1.848,
              "rationale": "Consent failure: something is done to people without or against their consent (without consent, strength 0.78, in /input).",
              "evidence": [
                {
                  "detector": "consent_bypass", "field": "/input", "start": 46, "end": 60,
                  "strength": 0.7799999713897705, "kind": "without_consent"
                }
              ]
            }
          ],
          "escalations": [
            {
              "critic": "autonomy", "clause": "A1", "tier": 2,
              "rationale": "Consent failure: something is done to people without or against their consent (without consent, strength 0.78, in /input)."
            },
            {
              "critic": "risk", "clause": "R1", "tier": 3,
              "rationale": "Irreversible or large-scale harm: something is to be done that cannot be undone (irreversible, strength 0.89, in /input)."
            }
          ],
          "constraints": [], "precedents": [], "notes": [],
          "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
          "weights_version": 1
        }
      },
      "review": null, "permit": null
    }
    """#,
    "explainDeliberation": #"""
    {
      "verdict": "escalate", "outcome": "The action waits for the decision of a person.",
      "reasons": [
        {
          "critic": "risk", "clause": "R1", "title": "Irreversible or large-scale harm",
          "text": "Irreversible or large-scale harm: something is to be done that cannot be undone (irreversible, strength 0.89, in /input)."
        },
        {
          "critic": "precedent", "clause": "PR1", "title": "No precedent and high impact",
          "text": "No precedent and high impact: the impact is high and no similar case was decided before."
        }
      ],
      "score": 1.306036, "uncertainty": 0.445674,
      "contributions": [
        {
          "critic": "risk", "weight": 1, "confidence": 0.95, "severity": 2.6389, "adjusted": 3,
          "share": 0.315179
        },
        {
          "critic": "uncertainty", "weight": 1, "confidence": 0.8936, "severity": 2.034,
          "adjusted": 2.48725, "share": 0.245796
        }
      ],
      "constraints": [],
      "would_help": ["State `rollback` in the context: R3 cannot be decided without it."],
      "counterfactuals": [],
      "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
      "weights_version": 1
    }
    """#,
    "replayDeliberation": #"""
    {"matches": true, "differences": []}
    """#,
    "checkPermit": #"""
    {
      "valid": true, "reason": null,
      "claims": {
        "iss": "witan.local/log", "jti": "prm_bag4rvr1585b47t6c9fz6sqrck", "iat": 1795159558,
        "exp": 1795159858, "deliberation": "dlb_01m7vxj2kyehx1d2qbmsgrt9k0",
        "case_hash": "f022bd024e7727861a254e0cdcbd5f764c310520e2dbc6e908d47c0fa3cb730a",
        "verdict": "allow", "ledger_index": 3
      },
      "use": {"index": 6, "time": "2026-11-20T07:25:59.400120Z", "by": "root", "first": true}
    }
    """#,
  ]
}
