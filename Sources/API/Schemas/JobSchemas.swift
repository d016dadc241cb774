// The shape of a job.
import Engine

extension Schemas {
  static let job = Schema.named(
    "Job",
    .object(
      [
        Member("id", jobID, required: true),
        Member("state", .word(Job.State.allCases.map(\.rawValue)), required: true),
        Member("cases", count, required: true, "How many were uploaded."),
        Member("done", count, required: true, "How many of them have their result."),
        Member("decided", count, required: true), Member("errors", count, required: true),
        Member("verdicts", .map(of: count, atMost: 16), required: true),
        Member("by", .text(atMost: 8192), required: true), Member("created", time, required: true),
        Member("ended", .nullable(time), required: true),
        Member("results", .text(atMost: 512), required: true, "Where the results are."),
      ], open: true))

  static let jobs = answer([("jobs", list(job)), ("next", cursor)])
}
