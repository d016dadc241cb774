// Answers of a running server, shortened: reviews and precedents.

extension Examples {
  static let reviewAnswers: [String: StaticString] = [
    "listReviews": #"""
    {
      "reviews": [
        {
          "id": "rev_01m7vxj2g5hfs43y8qh8f6qmvh", "status": "pending", "tier": 3,
          "requires": "determination", "deliberation": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8",
          "case_hash": "effb4b1ae4d88cb60e7b36d81b1daa225a6daa8e2c921ee35cc691911919ab41",
          "verdict": "escalate", "opened": "2026-11-20T07:25:58.663500Z",
          "expires": "2026-11-23T07:25:58.661322Z", "people": 1, "outcome": null, "answers": []
        }
      ],
      "waiting": 1, "next": null
    }
    """#,
    "readReview": #"""
    {
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
      "questions": [
        {
          "clause": "A1", "title": "Consent failure",
          "question": "Did the person concerned agree to this, freely and knowing what it means?",
          "constraints": ["Obtain and record the consent of the person concerned first."]
        },
        {
          "clause": "R1", "title": "Irreversible or large-scale harm",
          "question": "If this turns out wrong, what remains that nobody can repair, and who has accepted that?",
          "constraints": [
            "Split the action so that each step can be undone, and try it first where little is at stake."
          ]
        }
      ],
      "id": "rev_01m7vxj2g5hfs43y8qh8f6qmvh", "status": "pending", "tier": 3,
      "requires": "determination", "deliberation": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8",
      "case_hash": "effb4b1ae4d88cb60e7b36d81b1daa225a6daa8e2c921ee35cc691911919ab41",
      "verdict": "escalate", "opened": "2026-11-20T07:25:58.663500Z",
      "expires": "2026-11-23T07:25:58.661322Z", "people": 1, "outcome": null, "answers": [],
      "case": {
        "action": "delete_backup", "actor": "agent-7",
        "context": {"environment": "production", "impact": "high", "reversible": false},
        "input": "Delete the old backup of production for good, without asking anyone.",
        "kind": "tool_call"
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
      "abstentions": [], "precedents": []
    }
    """#,
    "acknowledge": #"""
    {
      "review": {
        "id": "rev_01m7vxj2g5hfs43y8qh8f6qmvh", "status": "closed", "tier": 2,
        "requires": "acknowledgment", "deliberation": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8",
        "case_hash": "effb4b1ae4d88cb60e7b36d81b1daa225a6daa8e2c921ee35cc691911919ab41",
        "verdict": "allow_with_constraints", "opened": "2026-11-20T07:25:58.663500Z",
        "expires": "2026-11-23T07:25:58.661322Z", "people": 1, "outcome": "affirmed",
        "answers": [
          {
            "by": "root", "time": "2026-11-20T07:25:59.523976Z", "act": "acknowledge",
            "statement": "I know that the purpose differs, and own it."
          }
        ]
      },
      "permit": "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",
      "receipt": {
        "index": 10, "leaf_hash": "2d1eb845192bff4731d3ed1cfb0fcce4101384d6842388e556ff73b887ffa2e0",
        "time": "2026-11-20T07:25:59.523976Z"
      }
    }
    """#,
    "determine": #"""
    {
      "review": {
        "id": "rev_01m7vxj2g5hfs43y8qh8f6qmvh", "status": "closed", "tier": 3,
        "requires": "determination", "deliberation": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8",
        "case_hash": "effb4b1ae4d88cb60e7b36d81b1daa225a6daa8e2c921ee35cc691911919ab41",
        "verdict": "escalate", "opened": "2026-11-20T07:25:58.663500Z",
        "expires": "2026-11-23T07:25:58.661322Z", "people": 1, "outcome": "affirmed",
        "answers": [
          {
            "by": "root", "time": "2026-11-20T07:25:59.523976Z", "act": "determine",
            "determination": "proceed", "rationale": "The backup was copied before."
          }
        ]
      },
      "permit": "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl",
      "receipt": {
        "index": 10, "leaf_hash": "2d1eb845192bff4731d3ed1cfb0fcce4101384d6842388e556ff73b887ffa2e0",
        "time": "2026-11-20T07:25:59.523976Z"
      }
    }
    """#,
    "listPrecedents": #"""
    {
      "precedents": [
        {
          "id": "prc_01m7vxj2g5hfs43y8qh8f6qmvh", "state": "candidate",
          "since": "2026-11-20T07:25:59.523976Z", "decided": "2026-11-20T07:25:59.523976Z",
          "review": "rev_01m7vxj2g5hfs43y8qh8f6qmvh",
          "deliberation": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8", "verdict": "escalate",
          "outcome": "affirmed", "clauses": [], "principles": [],
          "reason": "The backup was copied before."
        }
      ],
      "next": null
    }
    """#,
    "searchPrecedents": #"""
    {
      "precedents": [
        {
          "id": "prc_01m7vxj2g5hfs43y8qh8f6qmvh", "state": "active",
          "since": "2026-11-20T07:25:59.530678Z", "decided": "2026-11-20T07:25:59.523976Z",
          "review": "rev_01m7vxj2g5hfs43y8qh8f6qmvh",
          "deliberation": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8", "verdict": "escalate",
          "outcome": "affirmed", "clauses": ["A1"], "principles": ["freedom_of_mind", "prudence"],
          "reason": "It comes up every week.", "match": 1,
          "passage": "‹delete› the oldest ‹backup›"
        }
      ],
      "next": null
    }
    """#,
    "precedentDrift": #"""
    {
      "since": "2026-05-03T09:30:00.000000Z",
      "drift": [
        {
          "principle": "prudence", "before": 1, "since": -0.5, "change": -1.5, "count_before": 3, "count_since": 4
        }
      ]
    }
    """#,
    "changePrecedent": #"""
    {
      "id": "prc_01m7vxj2g5hfs43y8qh8f6qmvh", "state": "active", "since": "2026-11-20T07:25:59.530678Z",
      "decided": "2026-11-20T07:25:59.523976Z", "review": "rev_01m7vxj2g5hfs43y8qh8f6qmvh", "deliberation": "dlb_01m7vxj2g5y2qsdpw20pwrkjt8",
      "verdict": "escalate", "outcome": "affirmed", "clauses": ["A1"],
      "principles": ["freedom_of_mind", "prudence"], "reason": "It comes up every week."
    }
    """#,
  ]
}
