// The loop keeps async code on its thread, takes work from any thread, and keeps time.
import Glibc
import Locking
import Net
import TestSupport
import Testing

@Suite struct EventLoopTests {
  @Test func `Async code that prefers a loop stays on its thread across suspensions and child tasks`() async throws {
    let group = try EventLoopGroup(count: 2)
    defer { group.stop() }
    for loop in group.loops {
      let wasThere = await loop.run {
        var all = loop.isCurrent
        await Task.yield()
        all = all && loop.isCurrent
        try? await Task.sleep(for: .milliseconds(1))
        all = all && loop.isCurrent
        async let child = loop.isCurrent
        all = await child && all
        return all && group.loops.filter(\.isCurrent).count == 1
      }
      #expect(wasThere)
    }
  }

  @Test func `An actor can live on a loop`() async throws {
    let group = try EventLoopGroup(count: 1)
    defer { group.stop() }
    let counter = Counter(group.loops[0])
    await withTaskGroup(of: Bool.self) { tasks in
      for _ in 0..<1000 { tasks.addTask { await counter.increment() } }
      for await onLoop in tasks { #expect(onLoop) }
    }
    #expect(await counter.count == 1000)
  }

  @Test func `Continuations resumed in a group from another thread all come back`() async throws {
    let group = try EventLoopGroup(count: 2)
    defer { group.stop() }
    let waiting = Waiting()
    let waiters = 500
    let all = Task {
      await withTaskGroup(of: Bool.self) { tasks in
        for number in 0..<waiters {
          let loop = group.loops[number % 2]
          tasks.addTask(executorPreference: loop) {
            await withCheckedContinuation { continuation in waiting.all.withLock { $0.append(continuation) } }
            return loop.isCurrent
          }
        }
        return await tasks.reduce(true) { $0 && $1 }
      }
    }
    try await wait(for: "all tasks to wait") { waiting.all.withLock { $0.count } == waiters }
    group.gatheringWakeups { for continuation in waiting.all.withLock({ $0 }) { continuation.resume() } }
    #expect(await all.value)
  }

  @Test func `What waits for the end of a turn comes after all jobs of the turn, and is done at once elsewhere`()
    async throws
  {
    let group = try EventLoopGroup(count: 1)
    defer { group.stop() }
    let story = Locked<[String]>([])
    let tell: @Sendable (String) -> Void = { word in story.withLock { $0.append(word) } }
    EventLoop.atTurnEnd { tell("elsewhere") }
    #expect(story.withLock { $0 } == ["elsewhere"])
    let loop = group.loops[0]
    loop.execute {
      EventLoop.atTurnEnd { tell("end") }
      Task(executorPreference: loop) {
        tell("job")
        await Task.yield()
        tell("again")
        EventLoop.atTurnEnd { tell("very end") }
      }
      tell("work")
    }
    try await wait(for: "the turn to end") { story.withLock { $0.last == "very end" } }
    #expect(story.withLock { $0 } == ["elsewhere", "work", "job", "again", "end", "very end"])
  }

  @Test func `Timers fire in the order of their deadlines, and cancelled ones do not`() async throws {
    let group = try EventLoopGroup(count: 1)
    defer { group.stop() }
    let fired = Locked<[Int]>([])
    let loop = group.loops[0]
    await loop.run {
      for number in [3, 1, 2, 5, 4] {
        loop.schedule(after: UInt64(number) * 2_000_000) { fired.withLock { $0.append(number) } }
      }
      let cancelled = loop.schedule(after: 5_000_000) { fired.withLock { $0.append(-1) } }
      loop.cancel(cancelled)
    }
    try await wait(for: "five timers") { fired.withLock { $0.count } == 5 }
    #expect(fired.withLock { $0 } == [1, 2, 3, 4, 5])
  }

  @Test func `A watched descriptor reports what is ready, until it is forgotten`() async throws {
    let group = try EventLoopGroup(count: 1)
    defer { group.stop() }
    let loop = group.loops[0]
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    let reader = PipeReader(reading)
    try await loop.run { try loop.watch(reading, for: .read, reader) }
    write(writing, "abc", 3)
    try await wait(for: "three bytes") { reader.count.withLock { $0 } == 3 }
    await loop.run { loop.forget(reading) }
    write(writing, "def", 3)
    await loop.run {}
    #expect(reader.count.withLock { $0 } == 3)
    close(reading)
    close(writing)
  }
}

private actor Counter {
  private let executor: ActorExecutor
  private let loop: EventLoop
  private(set) var count = 0

  init(_ loop: EventLoop) {
    self.loop = loop
    executor = loop.actorExecutor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func increment() -> Bool {
    count += 1
    return loop.isCurrent
  }
}

private final class PipeReader: DescriptorHandler, Sendable {
  let count = Locked(0)
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func ready(_ readiness: Readiness) {
    var bytes = [UInt8](repeating: 0, count: 64)
    let got = read(descriptor, &bytes, bytes.count)
    if got > 0 { count.withLock { $0 += got } }
  }
}

private final class Waiting: Sendable {
  let all = Locked<[CheckedContinuation<Void, Never>]>([])
}
