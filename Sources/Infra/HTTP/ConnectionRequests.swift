// Handling: from a whole head to its route, to the handler in place or in the connection's task, and to the next request.
import Glibc
import Net

extension Connection {
  /// A request has a whole head. The phase is `.head` again afterwards if it has been answered already.
  func begin(_ head: IncomingHead) {
    phase = .handling
    requestCount += 1
    answersThisTurn += 1
    // A turn's clock is too coarse for what takes no longer than a turn.
    requestBegan = worker.core.options.answered == nil ? loop.now : monotonicNanoseconds()
    phaseBegan = loop.now
    handlerBegan = 0
    willKnock = false
    answerHasBegun = false
    keepAlive = head.keepAlive && !worker.isDraining && requestCount < limits.requestsPerConnection
    headHasBegun = false
    head.connection = self
    head.peer = peer
    if let transport { head.clientCertificate = transport.peerCertificate }
    if head.companion != nil { head.companion = nil }
    head.trace = RequestSpan(of: head)
    body.begin(head, limits)
    if let cors = worker.core.options.cors, isPreflight(head) {
      worker.core.options.routed?(Request(head))
      return answer(cors.preflight(), head)
    }
    if head.path.count == 1, head.method == .options, head.withBytes(head.path, { $0[0] == 0x2a }) {
      worker.core.options.routed?(Request(head))
      return answer(Response(.noContent, headers: ["Allow": worker.core.allMethods]), head)
    }
    switch worker.core.router.route(head) {
    case .found(let route): take(route, head)
    case .notFound:
      worker.core.options.routed?(Request(head))
      answer(Problem(.notFound, detail: "there is nothing at this path"), head)
    case .otherMethods(let allow):
      worker.core.options.routed?(Request(head))
      if head.method == .options { return answer(Response(.noContent, headers: ["Allow": allow]), head) }
      answer(
        Problem(.methodNotAllowed, detail: "this path answers \(allow)", headers: ["Allow": allow]), head)
    }
  }

  private func take(_ route: Route, _ head: IncomingHead) {
    head.route = route
    if let routed = worker.core.options.routed { routed(Request(head)) }
    let limit = route.isStreamed ? limits.streamedBytes : min(route.bodyLimit ?? .max, limits.bodyBytes)
    body.limit = limit
    if case .length(let length) = head.framing, length > limit {
      keepAlive = false
      return answer(BodyError.tooLarge(limit: limit).problem, head)
    }
    switch route.action {
    case .immediate(let handler): handleInPlace(handler, head)
    case .suspending(let handler):
      guard worker.core.enter() else { return answer(worker.core.overloaded, head) }
      handlerBegan = loop.now
      schedule(.handle(handler))
    }
  }

  private func handleInPlace(_ handler: ImmediateHandler, _ head: IncomingHead) {
    do {
      let response = try handler(Request(head))
      switch response.body {
      case .none, .bytes: answer(response, head)
      case .stream, .upgrade:
        guard worker.core.enter() else { return answer(worker.core.overloaded, head) }
        schedule(.deliver(response))
      }
    } catch {
      answer(worker.core.problem(error, Request(head)), head)
    }
  }

  /// Answers at once with something whole, and finishes the request.
  private func answer(_ response: Response, _ head: IncomingHead) {
    writeWhole(response, head)
    finish(head)
  }

  private func answer(_ problem: Problem, _ head: IncomingHead) {
    answer(problem.response(traceID: head.trace.traceID), head)
  }

  private func isPreflight(_ head: IncomingHead) -> Bool {
    head.method == .options && head.has(.origin) && Request(head).header("Access-Control-Request-Method") != nil
  }

  // MARK: The connection's task

  /// Handlers that may wait run in one task for each connection, made for the first of them and parked between requests:
  /// waking it costs one job on this loop and no memory.
  private func schedule(_ work: PendingWork) {
    pendingWork = work
    if let waiter = handlerWaiter {
      handlerWaiter = nil
      waiter.resume()
    } else if task == nil {
      task = Task(executorPreference: worker.loop) { [self] in await runHandlers() }
    }
  }

  private func runHandlers() async {
    while phase != .closed {
      if let work = pendingWork {
        pendingWork = nil
        await perform(work)
        worker.core.exit()
        if let head { finish(head) }
        handleRequests()
        if phase != .closed {
          if isReadable { receive(short: false) }
          worker.settleLater(self)
        }
      } else {
        await withUnsafeContinuation { handlerWaiter = $0 }
      }
    }
    if pendingWork != nil {
      pendingWork = nil
      worker.core.exit()
    }
    head = nil
    input = nil
    task = nil
  }

  private func perform(_ work: PendingWork) async {
    guard let head else { return }
    switch work {
    case .deliver(let response): await deliver(response, head)
    case .handle(let handler):
      let response: Response
      do {
        response = try await handler(Request(head))
      } catch {
        // Where a body broke off or went past its limit, no further request can be told from its rest.
        if error is BodyError { keepAlive = false }
        response = worker.core.problem(error, Request(head)).response(traceID: head.trace.traceID)
      }
      await deliver(response, head)
    }
  }

  /// Answers in the place of a handler that takes too long, and closes. The handler is cancelled; whatever it still does
  /// reaches nobody, and it counts as at work until it returns.
  func abandonHandler() {
    guard let head else { return }
    keepAlive = false
    answer(worker.core.tookTooLong, head)
    task?.cancel()
    settle()
  }

  /// Whoever hangs up and whoever merely says that nothing more comes look the same; but only one of them meets what is sent
  /// with a reset. So a client that has finished sending gets an interim answer that says nothing (102, RFC 2518) if its own
  /// takes longer than the grace; the reset ends the connection and cancels the handler. HTTP/1.0 knows no such answers.
  func planKnock() {
    guard phase == .handling, handlerBegan > 0, !answerHasBegun, !willKnock, head?.minorVersion == 1 else { return }
    willKnock = true
    let number = requestCount
    loop.schedule(after: limits.hangupGrace.nanoseconds) { [weak self] in
      guard let self, phase == .handling, requestCount == number, !answerHasBegun else { return }
      var cursor = ByteCursor(reserveOutput(32))
      cursor.put("HTTP/1.1 102 Processing\r\n\r\n")
      outputEnd += 27
      flush()
    }
  }

  /// The request has been answered: goes on to the next one, or to the end.
  func finish(_ head: IncomingHead) {
    head.connection = nil
    headIsSpent = true
    guard phase == .handling else { return }
    if let answered = worker.core.options.answered {
      answered(Request(head), lastStatus, .nanoseconds(Int64(monotonicNanoseconds() - requestBegan)))
    }
    if head.companion != nil { head.companion = nil }
    phaseBegan = loop.now
    discarded = 0
    if !keepAlive || (!body.isFinished && !canDropBody(head)) {
      closeAfterAnswer()
    } else if !body.isFinished {
      phase = .discarding
      discardBody()
    } else {
      phase = .head
    }
  }
}
