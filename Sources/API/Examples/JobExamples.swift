// Answers of a running server, shortened: jobs.

extension Examples {
  private static let job: StaticString = #"""
    {
      "id": "job_01m7vw8xcnmjx2wydw9a4fvv5y", "state": "running", "cases": 100000, "done": 20480, "decided": 20479,
      "errors": 1, "verdicts": {"allow": 20011, "allow_with_constraints": 320, "escalate": 140, "deny": 8},
      "by": "nightly", "created": "2026-11-20T07:25:59.562245Z", "ended": null,
      "results": "/v1/jobs/job_01m7vw8xcnmjx2wydw9a4fvv5y/results"
    }
    """#

  static let jobAnswers: [String: StaticString] = [
    "createJob": job, "readJob": job, "pauseJob": job, "resumeJob": job, "cancelJob": job,
    "listJobs": #"""
    {
      "jobs": [
        {
          "id": "job_01m7vw8xcnmjx2wydw9a4fvv5y", "state": "finished", "cases": 2, "done": 2, "decided": 2, "errors": 0,
          "verdicts": {"allow": 2, "allow_with_constraints": 0, "escalate": 0, "deny": 0}, "by": "nightly",
          "created": "2026-11-20T07:25:59.562245Z", "ended": "2026-11-20T07:26:00.102938Z",
          "results": "/v1/jobs/job_01m7vw8xcnmjx2wydw9a4fvv5y/results"
        }
      ],
      "next": null
    }
    """#,
  ]
}
