// One thread, one epoll, one queue of jobs. A connection lives and dies on one loop, and the handlers it starts run on
// the same thread without a hop. Everything not marked as callable from any thread belongs to the loop's own thread.
import CLinux
import Glibc
import Locking
import Synchronization

/// What a descriptor is ready for, or is to be watched for: the bits of epoll(7).
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32
  @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

  @inlinable package static var read: Readiness { Readiness(rawValue: EPOLLIN.rawValue) }
  @inlinable package static var write: Readiness { Readiness(rawValue: EPOLLOUT.rawValue) }
  /// The peer has shut down its sending side; what it sent before can still be read.
  @inlinable package static var peerFinished: Readiness { Readiness(rawValue: EPOLLRDHUP.rawValue) }
  @inlinable package static var failed: Readiness { Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue) }
  /// Report changes only: the watcher promises to read or write until the kernel says that it would block.
  @inlinable package static var edges: Readiness { Readiness(rawValue: EPOLLET.rawValue) }

  /// Whether any of `other` is ready.
  @inlinable package func hasAny(of other: Readiness) -> Bool { rawValue & other.rawValue != 0 }
}

/// Something that owns a descriptor and wants to hear when it is ready. Called on the loop's thread.
package protocol DescriptorHandler: AnyObject {
  func ready(_ readiness: Readiness)
}

/// Something that has work left for the end of a turn of the loop, once all that was ready has been handled.
package protocol TurnObserver: AnyObject {
  func turnEnded()
}

/// An event loop. As a `TaskExecutor` it keeps the async code of a connection on the connection's thread; for actors
/// that want to live on a loop there is `actorExecutor`, a separate object over the same queue, because one object in
/// both roles makes the runtime queue a job again at every await.
///
///     let loop = try EventLoop(index: 0)
///     loop.start()
///     Task(executorPreference: loop) { … }
///
/// Proof for `@unchecked Sendable`: `inbox` and `thread` are `Locked`, `sleeping` and `waiting` are atomics, the `let`s are values;
/// all other state is touched by the loop's thread alone, which `preconditionOnLoop` checks at the entries. What is marked
/// unchecked is changed in single steps, in which nothing else runs that could reach it.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  package let index: Int
  /// The group that gathers wakeups for this loop; 0 for none.
  private let group: UInt

  /// For an actor that is to live on this loop: its `unownedExecutor` returns this object's.
  package let actorExecutor = ActorExecutor()

  private let poller: Int32
  private let wakeup: Int32

  /// A job with the executor through which it has to run.
  struct Job {
    let job: UnownedJob
    let forActor: Bool
  }

  /// What other threads have left for this loop.
  private struct Inbox {
    var jobs: [Job] = []
    var work: [@Sendable () -> Void] = []
  }

  private let inbox = Locked(Inbox())
  private let waiting = Atomic<Bool>(false)
  private let sleeping = Atomic<Bool>(false)
  private let stopping = Atomic<Bool>(false)
  private let thread = Locked<pthread_t?>(nil)

  @exclusivity(unchecked) private var jobs: [Job] = []
  @exclusivity(unchecked) private var turnJobs: [Job] = []
  @exclusivity(unchecked) private var slots: [Slot] = []
  private var generation: UInt32 = 0
  @exclusivity(unchecked) private var maySleep = true
  @exclusivity(unchecked) private var observers: [any TurnObserver] = []
  @exclusivity(unchecked) private var turnEnd: [() -> Void] = []
  @exclusivity(unchecked) private var timers = TimerHeap()
  private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)

  /// Monotonic nanoseconds, read once a turn.
  @exclusivity(unchecked) package private(set) var now: UInt64 = monotonicNanoseconds()

  private struct Slot {
    var handler: (any DescriptorHandler)?
    var generation: UInt32
  }

  /// `group` is what a group identifies itself by: see `EventLoopGroup.gatheringWakeups`.
  package init(index: Int = 0, group: UInt = 0) throws(SystemError) {
    precondition(index >= 0 && index < 64, "wakeups are gathered in one word of 64 bits")
    self.index = index
    self.group = group
    poller = try checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
    wakeup = try checked("eventfd") { eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)) }
    var event = epoll_event(events: EPOLLIN.rawValue | EPOLLET.rawValue, data: epoll_data_t(u64: Self.wakeupMark))
    _ = try checked("epoll_ctl") { epoll_ctl(poller, EPOLL_CTL_ADD, wakeup, &event) }
    jobs.reserveCapacity(256)
    turnJobs.reserveCapacity(256)
    actorExecutor.attach(to: self)
  }

  deinit {
    events.deallocate()
    close(poller)
    close(wakeup)
  }

  private static let wakeupMark = UInt64.max
  private static let slice: UInt64 = 100_000

  // MARK: Thread

  /// Starts the loop's thread. It holds the loop until `stop`.
  package func start() {
    thread.withLock { thread in
      precondition(thread == nil, "a loop starts once")
      var started = pthread_t()
      let status = pthread_create(
        &started, nil,
        { context in
          let loop = Unmanaged<EventLoop>.fromOpaque(context!).takeRetainedValue()
          loop.run()
          return nil
        }, Unmanaged.passRetained(self).toOpaque())
      precondition(status == 0, "pthread_create: \(String(cString: strerror(status)))")
      thread = started
    }
  }

  /// Asks the loop to end after its current turn; from any thread.
  package func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  /// Waits until the loop's thread has ended. Not from the loop itself.
  package func join() {
    precondition(!isCurrent, "a loop cannot wait for itself")
    if let started = thread.withLock({ thread in
      defer { thread = nil }
      return thread
    }) {
      pthread_join(started, nil)
    }
  }

  /// Whether the calling code runs on this loop's thread; from any thread.
  package var isCurrent: Bool { witan_current_loop() == identity }

  private var identity: UInt { UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()) }

  package func preconditionOnLoop() { precondition(isCurrent, "this belongs to the loop's thread") }

  private func run() {
    witan_set_current_loop(identity)
    witan_name_thread("loop-\(index)")
    // A turn is short; what hurts is to wait for one behind somebody's long slice.
    witan_ask_for_slices(Self.slice)
    while !stopping.load(ordering: .relaxed) {
      let wasBusy = wait()
      runQueuedWork()
      endTurn()
      for observer in observers { observer.turnEnded() }
      // All that was ready has been handled. Whoever waits for this core, a client on the same machine above all, has
      // its turn now rather than when the scheduler's slice of some milliseconds is over: the slowest answers come in half
      // the time, and where nobody waits it costs one short system call.
      if wasBusy { sched_yield() }
    }
    // What was queued in the last turn still runs: a continuation that is never resumed would leak its task.
    runQueuedWork()
    endTurn()
    // Whoever is still here holds this loop, and would be held by it for ever.
    slots = []
    observers = []
    timers = TimerHeap()
    witan_set_current_loop(0)
  }

  // MARK: A turn

  /// Jobs beget jobs; past this many rounds the sockets have their turn again.
  private static let roundsPerTurn = 16

  private func runQueuedWork() {
    takeInbox()
    for _ in 0..<Self.roundsPerTurn where !jobs.isEmpty {
      swap(&jobs, &turnJobs)
      for job in turnJobs { execute(job) }
      turnJobs.removeAll(keepingCapacity: true)
    }
  }

  private func endTurn() {
    guard !turnEnd.isEmpty else { return }
    let work = turnEnd
    turnEnd.removeAll(keepingCapacity: true)
    for each in work { each() }
  }

  /// Runs `work` once all that was ready in the loop's present turn has been handled; at once where the calling thread is no
  /// loop's. For what is better done once for many requests than for each: waking another thread.
  package static func atTurnEnd(_ work: @escaping () -> Void) {
    guard let address = UnsafeRawPointer(bitPattern: witan_current_loop()) else { return work() }
    // A loop lives for as long as its thread runs.
    Unmanaged<EventLoop>.fromOpaque(address).takeUnretainedValue().turnEnd.append(work)
  }

  /// Whether anything was ready.
  private func wait() -> Bool {
    let count: Int32
    if !jobs.isEmpty || !maySleep {
      maySleep = true
      count = epoll_wait(poller, events.baseAddress, Int32(events.count), 0)
    } else {
      sleeping.store(true, ordering: .sequentiallyConsistent)
      let idle = !waiting.load(ordering: .sequentiallyConsistent) && !stopping.load(ordering: .sequentiallyConsistent)
      count = epoll_wait(poller, events.baseAddress, Int32(events.count), idle ? timers.wait() : 0)
      sleeping.store(false, ordering: .sequentiallyConsistent)
    }
    now = monotonicNanoseconds()
    for index in 0..<max(0, Int(count)) { dispatch(events[index]) }
    while let due = timers.popDue(now) { due() }
    return count > 0
  }

  private func dispatch(_ event: epoll_event) {
    let mark = event.data.u64
    // Watched for edges, so each write wakes although nobody reads the count.
    if mark == Self.wakeupMark { return }
    // The generation tells a descriptor that was closed and reused within this batch from the one that was ready.
    let slot = Int(mark & 0xffff_ffff)
    guard slot < slots.count, slots[slot].generation == UInt32(mark >> 32) else { return }
    slots[slot].handler?.ready(Readiness(rawValue: event.events))
  }

  private func takeInbox() {
    guard waiting.load(ordering: .sequentiallyConsistent) else { return }
    let work = inbox.withLock { inbox in
      waiting.store(false, ordering: .sequentiallyConsistent)
      jobs.append(contentsOf: inbox.jobs)
      inbox.jobs.removeAll(keepingCapacity: true)
      defer { inbox.work = [] }
      return inbox.work
    }
    for each in work { each() }
  }

  // MARK: Queue

  /// Runs `work` on the loop's thread in one of its next turns; from any thread.
  package func execute(_ work: @escaping @Sendable () -> Void) {
    inbox.withLock { inbox in
      inbox.work.append(work)
      waiting.store(true, ordering: .sequentiallyConsistent)
    }
    if !isCurrent { wakeIfAsleep() }
  }

  func push(_ job: Job) {
    if isCurrent {
      jobs.append(job)
      return
    }
    inbox.withLock { inbox in
      inbox.jobs.append(job)
      waiting.store(true, ordering: .sequentiallyConsistent)
    }
    wakeIfAsleep()
  }

  private func wakeIfAsleep() {
    if group != 0, witan_gathering() == group {
      witan_set_wakeups(witan_wakeups() | 1 << UInt64(index))
    } else if sleeping.exchange(false, ordering: .sequentiallyConsistent) {
      wake()
    }
  }

  func wakeGathered() {
    if sleeping.exchange(false, ordering: .sequentiallyConsistent) { wake() }
  }

  private func wake() {
    var one: UInt64 = 1
    write(wakeup, &one, 8)
  }

  // MARK: Descriptors

  /// Watches `descriptor` and holds `handler` until `forget`.
  package func watch(_ descriptor: Int32, for readiness: Readiness, _ handler: any DescriptorHandler)
    throws(SystemError)
  {
    preconditionOnLoop()
    let slot = Int(descriptor)
    if slot >= slots.count {
      slots.append(contentsOf: repeatElement(Slot(handler: nil, generation: 0), count: slot + 64 - slots.count))
    }
    generation &+= 1
    var event = event(descriptor, readiness, generation)
    _ = try checked("epoll_ctl") { epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) }
    slots[slot] = Slot(handler: handler, generation: generation)
  }

  /// Changes what a watched descriptor is watched for.
  package func change(_ descriptor: Int32, to readiness: Readiness) throws(SystemError) {
    preconditionOnLoop()
    var event = event(descriptor, readiness, slots[Int(descriptor)].generation)
    _ = try checked("epoll_ctl") { epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event) }
  }

  /// Ends the watch. Events of `descriptor` that are already in this turn's batch are dropped. The caller closes it.
  package func forget(_ descriptor: Int32) {
    preconditionOnLoop()
    let slot = Int(descriptor)
    guard slot < slots.count, slots[slot].handler != nil else { return }
    var event = epoll_event()
    _ = epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, &event)
    slots[slot] = Slot(handler: nil, generation: 0)
  }

  private func event(_ descriptor: Int32, _ readiness: Readiness, _ generation: UInt32) -> epoll_event {
    epoll_event(
      events: readiness.rawValue,
      data: epoll_data_t(u64: UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))))
  }

  // MARK: Turns and timers

  /// There is work left for the next turn, so it begins at once.
  package func skipSleep() { maySleep = false }

  package func addObserver(_ observer: any TurnObserver) {
    preconditionOnLoop()
    observers.append(observer)
  }

  package func removeObserver(_ observer: any TurnObserver) {
    preconditionOnLoop()
    observers.removeAll { $0 === observer }
  }

  /// Calls `action` on the loop once `nanoseconds` have passed. For deadlines of connections by the thousand there is
  /// `DeadlineWheel`; this is for the few.
  @discardableResult
  package func schedule(after nanoseconds: UInt64, _ action: @escaping () -> Void) -> TimerToken {
    preconditionOnLoop()
    return timers.insert(at: monotonicNanoseconds() + nanoseconds, action)
  }

  package func cancel(_ timer: TimerToken) {
    preconditionOnLoop()
    timers.cancel(timer)
  }
}

/// The monotonic clock in nanoseconds.
package func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
