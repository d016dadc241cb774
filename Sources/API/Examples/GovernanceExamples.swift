// Answers of a running server, shortened: critics, weights, constitutions.

extension Examples {
  static let governanceAnswers: [String: StaticString] = [
    "listCritics": #"""
    {
      "constitution": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
      "critics": [
        {
          "name": "rights", "principle": "human_dignity",
          "purpose": "Whether anyone is used merely as a means, degraded or spoken of as less than human, or made to bear harm without being heard.",
          "weight": 1, "required": true, "deadline_ms": 20, "health": {"seated": true},
          "clauses": [
            {
              "id": "D1", "title": "Instrumentalisation", "tier": 2, "principle": "human_dignity",
              "articles": ["UDHR 1", "UDHR 4"],
              "question": "Would the persons concerned, fully informed, recognise their own ends in this use of them?",
              "constraints": [
                "Ask the persons concerned for consent to this use, and leave out those who do not give it."
              ]
            }
          ]
        }
      ]
    }
    """#,
    "readCritic": #"""
    {
      "name": "risk", "principle": "prudence",
      "purpose": "What cannot be undone, what endangers body or mind (instructions that enable harm and self-harm among them), and what can fail or spread in operation.",
      "weight": 1, "required": true, "deadline_ms": 20, "health": {"seated": true},
      "clauses": [
        {
          "id": "R1", "title": "Irreversible or large-scale harm", "tier": 3, "principle": "prudence",
          "articles": ["UDHR 3", "UDHR 28"],
          "question": "If this turns out wrong, what remains that nobody can repair, and who has accepted that?",
          "constraints": [
            "Split the action so that each step can be undone, and try it first where little is at stake."
          ]
        }
      ]
    }
    """#,
    "readWeights": #"""
    {
      "version": 1,
      "weights": {
        "autonomy": 1, "due_process": 1, "fairness": 1, "pragmatics": 1, "precedent": 1, "privacy": 1,
        "rights": 1, "risk": 1, "truth": 1, "uncertainty": 1
      },
      "bounds": {"least": 0.1, "most": 10}
    }
    """#,
    "changeWeights": #"""
    {
      "version": 2,
      "weights": {
        "autonomy": 1, "due_process": 1, "fairness": 1, "pragmatics": 1, "precedent": 1, "privacy": 1,
        "rights": 1, "risk": 2, "truth": 1, "uncertainty": 1
      },
      "bounds": {"least": 0.1, "most": 10}
    }
    """#,
    "previewWeights": #"""
    {
      "evaluated": 500, "changed": 1, "unavailable": 0, "complete": true,
      "transitions": [
        {"from": "allow", "to": "allow_with_constraints", "gate_from": "open", "gate_to": "open", "count": 1}
      ],
      "examples": [
        {
          "id": "dlb_01m7vw8xcnmjx2wydw9a4fvv5y", "from": "allow", "to": "allow_with_constraints",
          "gate_from": "open", "gate_to": "open",
          "reason_before": {"critic": null, "clause": null, "text": "No concern reached the constitution's thresholds."},
          "reason_after": {"critic": "risk", "clause": "R3", "text": "The score of 1.02 asks for constraints."}
        }
      ]
    }
    """#,
    "listWeights": #"""
    {
      "initial": {
        "version": 1,
        "weights": {
          "autonomy": 1, "due_process": 1, "fairness": 1, "pragmatics": 1, "precedent": 1, "privacy": 1,
          "rights": 1, "risk": 1, "truth": 1, "uncertainty": 1
        }
      },
      "versions": [
        {
          "version": 2,
          "weights": {
            "autonomy": 1, "due_process": 1, "fairness": 1, "pragmatics": 1, "precedent": 1,
            "privacy": 1, "rights": 1, "risk": 2, "truth": 1, "uncertainty": 1
          },
          "by": "root", "reason": "Two incidents with deletions in May.",
          "time": "2026-11-20T07:25:59.410690Z", "restores": null
        }
      ],
      "next": null
    }
    """#,
    "rollBackWeights": #"""
    {
      "version": 3,
      "weights": {
        "autonomy": 1, "due_process": 1, "fairness": 1, "pragmatics": 1, "precedent": 1, "privacy": 1,
        "rights": 1, "risk": 1, "truth": 1, "uncertainty": 1
      },
      "bounds": {"least": 0.1, "most": 10}
    }
    """#,
    "readConstitution": #"""
    {
      "format": 1, "title": "The constitution of a council",
      "critics": {"risk": {"principle": "prudence"}}
    }
    """#,
    "previewConstitution": #"""
    {
      "evaluated": 500, "changed": 1, "unavailable": 0, "complete": true,
      "transitions": [
        {"from": "allow", "to": "allow_with_constraints", "gate_from": "open", "gate_to": "open", "count": 1}
      ],
      "examples": [
        {
          "id": "dlb_01m7vw8xcnmjx2wydw9a4fvv5y", "from": "allow", "to": "allow_with_constraints",
          "gate_from": "open", "gate_to": "open",
          "reason_before": {"critic": null, "clause": null, "text": "No concern reached the constitution's thresholds."},
          "reason_after": {"critic": "risk", "clause": "R3", "text": "The score of 1.02 asks for constraints."}
        }
      ]
    }
    """#,
    "changeConstitution": #"""
    {"version": "sha256:f498bab89b02064d9048464b9bdecbfb733a079627c2867348ff90a7a9a205c8"}
    """#,
    "rollBackConstitution": #"""
    {"version": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51"}
    """#,
    "listConstitutions": #"""
    {
      "versions": [
        {
          "sequence": 1,
          "version": "sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51",
          "by": "witan", "reason": "The log begins with it.", "time": "2026-11-20T07:25:56.100724Z"
        }
      ],
      "next": "YXQgMQ"
    }
    """#,
  ]
}
