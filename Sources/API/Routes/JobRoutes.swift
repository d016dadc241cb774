// Many cases without waiting for them: uploaded at once, decided in the background, their results read as they come.
import Chamber
import Engine
import HTTP
import JSON

struct JobRoutes {
  let chamber: Chamber
  private var docket: JobDocket { chamber.jobs }

  /// How often a reader who follows a job looks whether there is more.
  private static let pace: Duration = .milliseconds(50)

  var operations: [Operation] {
    [
      create, list, read, results,
      changing("pauseJob", "pause", "Holds a job up once the part that is at work is done.") {
        try await $0.pause($1, by: $2, trace: $3)
      },
      changing("resumeJob", "resume", "Lets a job go on that was held up.") {
        try await $0.resume($1, by: $2, trace: $3)
      },
      changing("cancelJob", "cancel", "Ends a job. What is decided stays decided, and its results can be read.") {
        try await $0.cancel($1, by: $2, trace: $3)
      },
    ]
  }

  private static let id = Parameter.path(
    "id", Schemas.jobID, example: "job_01m7vw8xcnmjx2wydw9a4fvv5y", "The job.")
  private static let unknown = AnswerDeclaration.problem(.notFound, "There is no such job, or it is not yours.")

  private var create: Operation {
    Operation(
      "createJob", .post, "/v1/jobs", .jobs,
      "Takes cases as NDJSON, a line each, to be decided in the background: in their order, across restarts, each once. With an Idempotency-Key a repetition of the same upload gives the same job, for 24 hours.",
      access: .roles([.decider]), workload: .batch,
      parameters: [
        .field("Idempotency-Key", .text(.key), example: "nightly-2026-11-20", "A name for this upload, quoted or bare.")
      ],
      body: .own(
        Schemas.deliberationRequest, types: ["application/x-ndjson"], atMost: .max,
        example: #"{"action": "send_newsletter"}"#),
      answers: [
        .json(.accepted, "The job; Location says where to look for it.", Schemas.job),
        .problem(.conflict, "The first upload with this Idempotency-Key is at work."),
        .problem(.tooManyRequests, "Too many requests, or too many jobs that have not ended."),
        .problem(.serviceUnavailable, "The ledger cannot record the upload."),
      ]
    ) { [docket] exchange in
      try exchange.request.requireContentType("application/x-ndjson")
      let key = try IdempotencyKey(exchange.request)
      let job = try await docket.take(
        by: exchange.principal.subject, trace: exchange.traceID, key: key?.text
      ) { upload in
        var lines = LineBuffer(limit: DeliberationRoutes.largestCase)
        while let piece = try await exchange.request.body.next() {
          for line in try lines.take(piece) { try await upload.add(line) }
        }
        if let last = lines.rest() { try await upload.add(last) }
      }
      return Response.json(job, status: .accepted).with("Location", "/v1/jobs/\(job.id)")
    }
  }

  private var list: Operation {
    Operation(
      "listJobs", .get, "/v1/jobs", .jobs, "Jobs, the newest first: a decider sees its own.",
      access: .roles([.decider, .auditor, .admin]),
      parameters: [Parameter("state", .word(Job.State.allCases.map(\.rawValue)), "Only those in this state.")]
        + Page.parameters("Jobs"),
      answers: [.json(.ok, "A page; `next` is the cursor of the page that follows.", Schemas.jobs)]
    ) { [docket] exchange in
      let state = exchange.query.text("state").flatMap { Job.State(rawValue: $0) }
      let seen = docket.all.reversed().filter { exchange.maySee($0) && (state == nil || $0.state == state) }
      let page = try Page(of: seen, asked: exchange.query)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("jobs", Array(page.elements))
      writer.member("next", page.next)
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var read: Operation {
    Operation(
      "readJob", .get, "/v1/jobs/{id}", .jobs, "How a job stands: how many cases are done, and how they came out.",
      access: .roles([.decider, .auditor, .admin]), parameters: [Self.id],
      answers: [.json(.ok, "The job.", Schemas.job), Self.unknown]
    ) { exchange in
      .json(try own(exchange))
    }
  }

  private var results: Operation {
    Operation(
      "readJobResults", .get, "/v1/jobs/{id}/results", .jobs,
      "The results as NDJSON, in the order of the cases and as in a batch: those that are there, or, with `follow`, all of them as they come.",
      access: .roles([.decider, .auditor]),
      parameters: [
        Self.id,
        Parameter("from", .integer(0...Int.max), example: 0, "The first case; 0 if not given."),
        Parameter("follow", .boolean, "Whether to wait for those that are yet to come; false if not given."),
      ],
      answers: [
        .other("application/x-ndjson", "A line for each case.", example: Examples.lines), Self.unknown,
        .problem(.conflict, "What is needed to tell the results was erased."),
      ]
    ) { [chamber] exchange in
      let job = try own(exchange)
      let results = try JobResults(of: job, from: exchange.query.integer("from") ?? 0, in: chamber) {
        Problem.document(of: $0, traceID: $1)
      }
      let follows = exchange.query.boolean("follow") ?? false
      return .stream(contentType: .ndjson) { body in
        var results = results
        while true {
          switch try await results.next() {
          case .lines(let lines): try await body.write(lines)
          case .end: return
          case .notYet:
            if !follows { return }
            try await Task.sleep(for: Self.pace)
          }
        }
      }
    }
  }

  private func changing(
    _ name: String, _ verb: String, _ summary: String,
    _ change: @escaping @Sendable (JobDocket, _ id: String, _ actor: String, _ trace: String) async throws -> Job
  ) -> Operation {
    Operation(
      name, .post, "/v1/jobs/{id}/\(verb)", .jobs, summary, access: .roles([.decider, .admin]), parameters: [Self.id],
      answers: [
        .json(.ok, "The job as it now stands.", Schemas.job), Self.unknown,
        .problem(.conflict, "The job has ended, or somebody else changed it at the same time."),
      ]
    ) { [docket] exchange in
      .json(try await change(docket, try own(exchange).id, exchange.principal.subject, exchange.traceID))
    }
  }

  /// The job that the path names, if it may be seen: to whom it does not belong, it does not exist.
  private func own(_ exchange: Exchange) throws -> Job {
    let job = try docket.job(exchange.request.parameter("id"))
    guard exchange.maySee(job) else { throw JobRefusal.noSuchJob(job.id) }
    return job
  }
}

extension Exchange {
  /// A decider sees its own; who looks after all sees all.
  fileprivate func maySee(_ job: Job) -> Bool {
    principal.has(.auditor) || principal.has(.admin) || job.actor == principal.subject
  }
}
