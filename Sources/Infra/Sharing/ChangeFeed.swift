// What instances tell each other: a numbered, sealed list of changes in Redis, and a channel on which each new number is
// called out. The call is only a hint: what counts is in the list, and is looked at again after every loss of the connection.
// Nothing is only there: each instance has written down what it took from it, and tells again what is missing, many changes
// in one entry. Whoever makes the list marks it at random, so that everybody notices when it is another one.
import Crypto
import Locking
import Net
import Redis
import Resilience
import Synchronization

package struct ChangeFeedStatistics: Sendable, Hashable {
  /// Told by this instance, and taken from others.
  package var told = 0
  package var taken = 0
  /// Entries of the list that were none of ours.
  package var poisoned = 0
  /// How often the list was looked at.
  package var looks = 0
  /// How often it was thrown away because it was none, or much longer than ours can be.
  package var dropped = 0
}

package actor ChangeFeed {
  /// What an instance does with changes, in their order; it is called for one entry after the other. False where they could
  /// not all be taken, and are to be tried again later.
  package typealias Taker = @Sendable (_ changes: [[UInt8]]) async -> Bool

  package struct Settings: Sendable {
    /// What one look at the list, or one entry, may take.
    package var budget: Duration = .seconds(1)
    /// How long an instance that makes a change may keep others from making one.
    package var turn: Duration = .seconds(5)
    /// How long it waits for its turn, and then until it has taken what others told.
    package var patience: Duration = .seconds(2)
    /// Entries that are kept in the list.
    package var kept = 1000
    /// How much is told again in one entry.
    package var packBytes = 512 << 10
    /// How many entries of less than half of that an instance has in the list before it puts them into one.
    package var loose = 32
    package var space = "1"
    /// How often the list is looked at although nobody called.
    package var interval: Duration = .seconds(5)

    package init() {}
  }

  /// Others hold the turn, or there is more to take from them than can be waited for.
  package struct Busy: Error, Sendable {
    package init() {}
  }

  private let redis: GuardedRedis
  private let seal: Seal
  private let settings: Settings
  private let take: Taker
  /// What has to be in the list of what is in force and was made here.
  private let own: @Sendable () async -> [[UInt8]]
  private let now: @Sendable () -> Int64
  /// The list that is followed, by its mark; nil where nobody has marked one.
  private var mark: String?
  /// The number up to which the list was taken.
  private var seen = 0
  /// Whether all that is in it was taken.
  private var isWhole = false
  /// In which entry each change stands that this instance told or took; 0 where it did so, and it stands in none.
  private var places: [Digest: Int] = [:]
  /// The entries that bear the instances' seal, and those of them that were made here.
  private var ours: Set<Int> = []
  private var mine: Set<Int> = []
  /// What this instance has told, by number: it need not hear it.
  private var told: [Int: Told] = [:]
  /// What stands in the list that this instance does not understand.
  private var foreign: [Int: Foreign] = [:]
  private nonisolated let counts = Locked(ChangeFeedStatistics())
  /// The look that is under way, and the one after it.
  private var looking: Task<Bool, Never>?
  private var lookingNext: Task<Bool, Never>?
  private var regular: Task<Void, Never>?
  private var subscription: RedisSubscription?
  /// How many turns are used here.
  private var turns = 0

  private struct Told {
    /// The end of the sealed entry, which no other has.
    let code: [UInt8]
    /// Redis has said so.
    var isThere: Bool
  }

  private struct Foreign {
    let length: Int
    let end: [UInt8]

    init(_ bytes: [UInt8]) { (length, end) = (bytes.count, bytes.suffix(ChangeFeed.codeBytes)) }
  }

  private static let codeBytes = 32

  package init(
    _ redis: GuardedRedis, seal: Seal, settings: Settings = Settings(),
    now: @escaping @Sendable () -> Int64,
    own: @escaping @Sendable () async -> [[UInt8]], take: @escaping Taker
  ) {
    self.redis = redis
    self.seal = seal
    self.settings = settings
    self.now = now
    self.own = own
    self.take = take
  }

  package nonisolated var statistics: ChangeFeedStatistics { counts.withLock { $0 } }

  /// Nanoseconds of the monotonic clock at which all that the list held was last taken; at first when this was made.
  private nonisolated let complete = Atomic(monotonicNanoseconds())

  /// For how long nobody knows what others have changed.
  package nonisolated var age: Duration {
    .nanoseconds(Int64(clamping: monotonicNanoseconds() &- complete.load(ordering: .relaxed)))
  }

  /// Begins to listen, on a connection of its own.
  package func start(on loop: EventLoop, _ connection: RedisSettings) {
    subscription = RedisSubscription(
      on: loop, settings: connection, channel: channel,
      joined: { [weak self] in Task { await self?.look() } },
      heard: { [weak self] _ in Task { await self?.look() } })
    regular = Task { [weak self, settings] in
      while !Task.isCancelled {
        try? await Task.sleep(for: settings.interval)
        await self?.look()
      }
    }
  }

  package func stop() {
    subscription?.close()
    subscription = nil
    regular?.cancel()
    mending?.cancel()
  }

  private var list: RedisCommand.Word { "witan:\(settings.space):{feed}:changes" }
  private var turn: RedisCommand.Word { "witan:\(settings.space):{feed}:turn" }
  private var channel: String { "witan:\(settings.space):{feed}:news" }

  private static func name(_ number: Int) -> [UInt8] { Array("change/\(number)".utf8) }

  /// How much of what the feed remembers grows with what was told.
  package var sizes: (told: Int, places: Int, mine: Int, foreign: Int) {
    (told.count, places.count, mine.count, foreign.count)
  }

  // MARK: Looking

  /// Takes what is new in the list, from now on: what is under way is ended first.
  package func look() async { _ = await nextLook().value }

  private func nextLook() -> Task<Bool, Never> {
    if let lookingNext { return lookingNext }
    let before = looking
    let task = Task {
      // It is for many, whatever time one of them has.
      await Deadline.$current.withValue(nil) { await lookOnce(after: before) }
    }
    if before == nil { looking = task } else { lookingNext = task }
    return task
  }

  private func lookOnce(after before: Task<Bool, Never>?) async -> Bool {
    if let before {
      _ = await before.value
      (looking, lookingNext) = (lookingNext, nil)
    }
    counts.withLock { $0.looks += 1 }
    var outcome = Outcome.changed
    // What vanishes meanwhile was put elsewhere in the list by who made it.
    for _ in 0..<4 where outcome == .changed { outcome = await takeNew() }
    isWhole = outcome == .whole
    if outcome == .whole { complete.store(monotonicNanoseconds(), ordering: .relaxed) }
    if lookingNext == nil { looking = nil }
    mend()
    return outcome == .whole
  }

  /// Looks, and waits no longer than `time`. Whether the look was over by then.
  private func look(within time: Duration) async -> Bool {
    let look = nextLook()
    return await Handover<Bool>.wait { handover in
      let isSaid = Said(handover)
      let clock = Task {
        try await Task.sleep(for: time)
        isSaid.give(false)
      }
      Task {
        _ = await look.value
        clock.cancel()
        isSaid.give(true)
      }
    }
  }

  /// Gives the first of two words.
  private final class Said: Sendable {
    private let handover: Handover<Bool>
    private let isOver = Atomic(false)

    init(_ handover: Handover<Bool>) { self.handover = handover }

    func give(_ word: Bool) {
      if !isOver.exchange(true, ordering: .acquiringAndReleasing) { handover.give(word) }
    }
  }

  private enum Outcome { case whole, changed, failed }

  private func takeNew() async -> Outcome {
    let before = puts
    guard let list = try? await contents() else { return .failed }
    var there = Set(list.numbers)
    if before == puts {
      if list.mark != mark { follow(list.mark) }
    } else {
      // What was put there in between.
      if let other = list.mark, other != mark { follow(other) }
      there.formUnion(ours.filter { $0 > list.last })
    }
    settle(there)
    var left = list.numbers.filter { $0 > seen && told[$0]?.isThere != true }[...]
    var isChanged = false
    while !left.isEmpty {
      let some = left.prefix(Self.together)
      guard let answers = try? await entries(some), !answers.isEmpty else { return .failed }
      for (number, answer) in zip(some, answers) {
        switch answer {
        case .bytes(let bytes):
          guard await takeEntry(bytes, number) else { return .failed }
        case .integer(0): isChanged = true
        case .integer(1): break
        default: await passOver([], number)
        }
      }
      left = left.dropFirst(answers.count)
    }
    if let last = list.numbers.last(where: ours.contains) { seen = max(seen, last) }
    return isChanged ? .changed : .whole
  }

  /// Begins with another list: Redis was wiped, or is another one.
  private func follow(_ mark: String?) {
    self.mark = mark
    (seen, isWhole) = (0, false)
    (ours, mine, firm) = ([], [], 0)
    told = told.mapValues { Told(code: $0.code, isThere: false) }
    places = places.count > Self.remembered ? [:] : places.mapValues { _ in 0 }
    isDue = true
  }

  /// Forgets what is in the list no more.
  private func settle(_ there: Set<Int>) {
    told = told.filter { there.contains($0.key) }
    foreign = foreign.filter { there.contains($0.key) }
    let gone = ours.subtracting(there)
    if gone.isEmpty { return }
    ours.subtract(gone)
    if !mine.isDisjoint(with: gone) {
      mine.subtract(gone)
      isDue = true
    }
    places = places.mapValues { gone.contains($0) ? 0 : $0 }
    if places.count > Self.remembered { places = places.filter { $0.value > 0 } }
  }

  /// How many changes are remembered although they are in the list no more, so that they are not taken once more.
  private static let remembered = 250_000

  /// The list was no list of ours, and is gone.
  private struct Dropped: Error {}

  private struct Contents {
    /// As it stands in the list: the mark, and the number that was told last.
    let head: [UInt8]
    let numbers: [Int]

    private var words: [Substring] {
      let words = String(decoding: head, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
      return words.count == 2 ? words : []
    }
    var mark: String? { words.first.map(String.init) }
    var last: Int { words.last.flatMap { Int($0) } ?? 0 }
  }

  /// The head of the list, and the names in it that may be ours. A list that is none, or has several times the entries that are
  /// kept, is thrown away in place of being read: whoever can fill it could also have wiped it, and what is in force is told
  /// again.
  private static let names = RedisScript(
    """
    local kind = redis.call('TYPE', KEYS[1])['ok']
    local names = {''}
    if kind == 'none' then return names end
    if kind ~= 'hash' or redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then
      redis.call('UNLINK', KEYS[1])
      return 0
    end
    if redis.call('HSTRLEN', KEYS[1], 'list') > 64 then redis.call('HDEL', KEYS[1], 'list') end
    names[1] = redis.call('HGET', KEYS[1], 'list') or ''
    for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
      if #name <= 19 and string.find(name, '^[1-9]%d*$') then names[#names + 1] = name end
    end
    return names
    """)

  private func contents() async throws -> Contents {
    let answer = try await redis.run(
      Self.names, keys: [list], [.init(Self.crowd * settings.kept)], within: settings.budget)
    guard case .list(let names) = answer else {
      counts.withLock { $0.dropped += 1 }
      throw Dropped()
    }
    return Contents(
      head: names.first?.bytes ?? [],
      numbers: names.dropFirst().compactMap { $0.text.flatMap { Int($0) } }.filter { 0 < $0 && $0 < Int.max }.sorted())
  }

  /// How many times what is kept may be in the list: others with another key may use it too.
  private static let crowd = 4

  /// No entry is as long; and no more than that is fetched at once, unless it is one entry.
  private static let longest = 4 << 20

  /// How many entries are asked for at once.
  private static let together = 256

  /// What stands under numbers: 0 for nothing, 1 for something foreign that has not changed, 2 for what is too long; as many of
  /// them as may be fetched at once.
  private static let several = RedisScript(
    """
    local found, room = {}, tonumber(ARGV[1])
    for i = 2, #ARGV, 3 do
      local length = redis.call('HSTRLEN', KEYS[1], ARGV[i])
      if length > tonumber(ARGV[1]) then
        found[#found + 1] = 2
      elseif length == tonumber(ARGV[i + 1]) and length > 65536 then
        found[#found + 1] = 1
      else
        local there = redis.call('HGET', KEYS[1], ARGV[i])
        if not there then
          found[#found + 1] = 0
        elseif length == tonumber(ARGV[i + 1]) and string.sub(there, -32) == ARGV[i + 2] then
          found[#found + 1] = 1
        else
          room = room - length
          if room < 0 and #found > 0 then break end
          found[#found + 1] = there
        end
      end
    end
    return found
    """)

  private func entries(_ numbers: ArraySlice<Int>) async throws -> [RedisValue]? {
    var words: [RedisCommand.Word] = [.init(Self.longest)]
    for number in numbers {
      let known = foreign[number]
      words += [.init(number), .init(known?.length ?? -1), .init(known?.end ?? [])]
    }
    return try await redis.run(Self.several, keys: [list], words, within: settings.budget).list
  }

  /// False where it is to be tried again later.
  private func takeEntry(_ bytes: [UInt8], _ number: Int) async -> Bool {
    guard let pack = try? seal.open(bytes, as: .change, name: Self.name(number), at: now()),
      let changes = Self.unpack(pack)
    else {
      await passOver(bytes, number)
      return true
    }
    let named = await Self.named(changes)
    if told[number]?.code == bytes.suffix(Self.codeBytes) {
      told[number]?.isThere = true
      mine.insert(number)
    } else {
      // The same may stand in several entries, and in several lists.
      let new = named.filter { places[$0.digest] == nil }.map(\.bytes)
      if !new.isEmpty {
        guard await take(new) else { return false }
        counts.withLock { $0.taken += new.count }
      }
    }
    for change in named { places[change.digest] = number }
    ours.insert(number)
    seen = max(seen, number)
    return true
  }

  private func passOver(_ bytes: [UInt8], _ number: Int) async {
    if foreign.updateValue(Foreign(bytes), forKey: number) == nil { counts.withLock { $0.poisoned += 1 } }
    // It may be the change of those who have another key, so it stays where it is, unless it would use the numbers up.
    if number - seen > Self.widestGap {
      _ = try? await redis.run(
        Self.remove, keys: [list], [.init(number), .init(bytes), .init(Self.longest)], within: settings.budget)
    }
  }

  /// How far after the last change that was understood something else may stand.
  private static let widestGap = 1_000_000

  private static let remove = RedisScript(
    """
    local there = redis.call('HGET', KEYS[1], ARGV[1])
    if there and (there == ARGV[2] or #there > tonumber(ARGV[3])) then
      return redis.call('HDEL', KEYS[1], ARGV[1])
    end
    return 0
    """)

  // MARK: Entries

  private struct Named: Sendable {
    let digest: Digest
    let bytes: [UInt8]
  }

  /// Not on the actor: of many it takes a while.
  private nonisolated static func named(_ changes: [[UInt8]]) async -> [Named] {
    changes.map { Named(digest: SHA256.digest($0), bytes: $0) }
  }

  private static let packFormat: UInt8 = 1
  private static let saltBytes = 12

  /// Changes as they stand in an entry. Random bytes make each entry another one.
  private static func pack(_ changes: [Named]) -> [UInt8] {
    var pack = [packFormat] + SecureRandom.bytes(saltBytes)
    pack.reserveCapacity(changes.reduce(pack.count) { $0 + 4 + $1.bytes.count })
    for change in changes {
      let length = UInt32(change.bytes.count)
      pack += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
      pack += change.bytes
    }
    return pack
  }

  private static func unpack(_ pack: ArraySlice<UInt8>) -> [[UInt8]]? {
    guard pack.first == packFormat, pack.count > saltBytes else { return nil }
    var rest = pack.dropFirst(1 + saltBytes)
    var changes: [[UInt8]] = []
    while !rest.isEmpty {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= 4 + length else { return nil }
      changes.append(Array(rest.dropFirst(4).prefix(length)))
      rest = rest.dropFirst(4 + length)
    }
    return changes
  }

  // MARK: Telling

  /// How many entries this instance has put into a list.
  private var puts = 0

  /// Puts an entry at the end of the list, unless somebody else has put one there meanwhile, and takes away what is too many.
  private static let put = RedisScript(
    """
    if (redis.call('HGET', KEYS[1], 'list') or '') ~= ARGV[4] then return 0 end
    if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
    redis.call('HSET', KEYS[1], 'list', ARGV[5])
    for i = 6, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
    redis.call('PUBLISH', ARGV[3], ARGV[1])
    return 1
    """)

  /// Puts a change at the end of the list. False where Redis was of no use: it is told once it is back, as long as it is in
  /// force.
  @discardableResult
  package func tell(_ change: [UInt8]) async -> Bool {
    let isTold = await put([Named(digest: SHA256.digest(change), bytes: change)])
    if !isTold { isDue = true }
    return isTold
  }

  private func put(_ changes: [Named]) async -> Bool {
    let end = ContinuousClock.now + settings.budget * 2
    for _ in 0..<16 where ContinuousClock.now < end {
      guard let list = try? await contents() else { return false }
      let mark = mark
      guard list.mark == mark else {
        _ = await look(within: settings.budget)
        continue
      }
      let number = last(of: list) + 1
      let sealed = seal.seal(Self.pack(changes), as: .change, name: Self.name(number), until: .max)
      let code = Array(sealed.suffix(Self.codeBytes))
      told[number] = Told(code: code, isThere: false)
      let newMark = mark ?? Hex.encode(SecureRandom.bytes(12))
      let excess = ours.count < settings.kept ? [] : ours.sorted().prefix(min(64, ours.count - settings.kept + 1))
      let answer = try? await redis.run(
        Self.put, keys: [self.list],
        [.init(number), .init(sealed), .init(channel), .init(list.head), "\(newMark) \(number)"]
          + excess.map { .init($0) },
        within: settings.budget)
      switch answer {
      case .integer(1):
        counts.withLock { $0.told += changes.count }
        puts += 1
        self.mark = newMark
        told[number] = Told(code: code, isThere: true)
        ours.insert(number)
        mine.insert(number)
        for change in changes { places[change.digest] = number }
        return true
      case .integer(0): told[number] = nil
      default:
        // It may be there all the same; then it is found, and known by its code.
        told[number] = Told(code: code, isThere: false)
        return false
      }
    }
    return false
  }

  /// The last number that was used. Numbers do not come back, also where the last entry was taken out.
  private func last(of list: Contents) -> Int {
    let last = max(seen, list.numbers.last { $0 - seen <= Self.widestGap } ?? 0)
    return last < list.last && list.last - last <= Self.widestGap ? list.last : last
  }

  // MARK: Telling again

  private var mending: Task<Void, Never>?
  /// Whether something may be missing in the list that is in force and was made here.
  private var isDue = true
  /// How many of the entries made here cannot be put together with others.
  private var firm = 0
  private var lastMended: ContinuousClock.Instant?
  private var nextAsking = ContinuousClock.now

  /// Sees to it that all that is in force and was made here is in the list, and in few entries; nobody waits for that. It costs
  /// a hundredth of the time where nothing suggests that something is missing.
  private func mend() {
    guard mending == nil, turns == 0, isWhole else { return }
    let now = ContinuousClock.now
    let many = mine.count - firm
    guard isDue || many > settings.loose || now >= nextAsking else { return }
    // Those who push each other's entries out of the list do so at leisure.
    if let lastMended, now - lastMended < settings.interval / 2, many <= 8 * settings.loose { return }
    mending = Task {
      await Deadline.$current.withValue(nil) { await tellMissing() }
      mending = nil
    }
  }

  private func tellMissing() async {
    isDue = false
    let began = ContinuousClock.now
    let named = await Self.named(await own())
    nextAsking = .now + max(settings.interval, (.now - began) * 100)
    guard isWhole, !Task.isCancelled else {
      isDue = true
      return
    }
    let mark = mark
    var filled: [Int: Int] = [:]
    for change in named {
      if let place = places[change.digest], place > 0 { filled[place, default: 0] += change.bytes.count }
    }
    mine.formUnion(filled.keys)
    let small = mine.filter { filled[$0, default: 0] < settings.packBytes / 2 }
    let merged = small.count > settings.loose ? small : []
    var pack: [Named] = []
    var size = 0
    for change in named {
      let place = places[change.digest] ?? 0
      guard place == 0 || merged.contains(place) else { continue }
      if !pack.isEmpty, size + change.bytes.count > settings.packBytes {
        guard await putAgain(pack) else { return }
        (pack, size) = ([], 0)
      }
      pack.append(change)
      size += change.bytes.count
    }
    if !pack.isEmpty { guard await putAgain(pack) else { return } }
    if !merged.isEmpty, let mark, mark == self.mark {
      let answer = try? await redis.run(
        Self.clear, keys: [list], [.init(mark)] + merged.map { .init($0) }, within: settings.budget)
      guard answer != nil, mark == self.mark else { return }
      lastMended = .now
      mine.subtract(merged)
      ours.subtract(merged)
    }
    firm = mine.count - (merged.isEmpty ? small.count : 0)
  }

  private func putAgain(_ pack: [Named]) async -> Bool {
    guard isWhole, !Task.isCancelled, await put(pack) else {
      isDue = true
      return false
    }
    lastMended = .now
    return true
  }

  /// Takes entries out of the list that it is, but for the last.
  private static let clear = RedisScript(
    """
    local mark, last = string.match(redis.call('HGET', KEYS[1], 'list') or '', '^(%x+) (%d+)$')
    if mark ~= ARGV[1] then return 0 end
    for i = 2, #ARGV do
      if ARGV[i] ~= last then redis.call('HDEL', KEYS[1], ARGV[i]) end
    end
    return 1
    """)

  // MARK: Turns

  /// A turn always has an end: what has none is nobody's, and would keep everybody waiting for ever.
  private static let begin = RedisScript(
    """
    if redis.call('PTTL', KEYS[1]) >= 0 then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """)

  /// Keeps a turn; where it was wiped, and nobody has one, takes it again.
  private static let renewal = RedisScript(
    """
    local holder = redis.call('GET', KEYS[1])
    if holder == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
    if holder then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """)

  private static let release = RedisScript(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")

  /// How many times a turn's length its holder may have it.
  private static let longestTurn = 6

  /// Runs `work` while no other instance runs its own, with all changes of others taken before. Where Redis is of no use it
  /// runs at once. Throws `Busy` where others take too long, or have told more than can be taken in time.
  package func alone<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws
    -> Value
  {
    let holder = SecureRandom.bytes(12)
    let deadline = Deadline.tightened(settings.patience)
    while true {
      // Whoever is in a hurry does not evade the turn.
      let answer = await Deadline.$current.withValue(nil) { await ask(Self.begin, holder) }
      guard case .success(let value) = answer else { return try await work() }
      if value == .integer(1) { break }
      guard !deadline.isOver() else { throw Busy() }
      try await Task.sleep(for: .milliseconds(10))
    }
    turns += 1
    defer {
      turns -= 1
      mend()
    }
    // Whoever has the turn ends it properly, although nobody may wait for the answer any more: others do.
    return try await Deadline.$current.withValue(nil) {
      var result: Result<Value, any Error> = .failure(Busy())
      if await look(within: settings.patience), await isMine(holder) {
        let renewing = renew(holder)
        do { result = .success(try await work()) } catch { result = .failure(error) }
        renewing.cancel()
        // Else the turn might be taken again behind its end.
        await renewing.value
      }
      do throws(SharingFailure) {
        _ = try await redis.run(Self.release, keys: [turn], [.init(holder)], within: settings.budget)
      } catch {
        if !error.mayFollow { redis.undo(Self.release, keys: [turn], [.init(holder)]) }
      }
      return try result.get()
    }
  }

  private var turnTime: RedisCommand.Word { .init(max(1, settings.turn.nanoseconds / 1_000_000)) }

  /// Tries to have the turn; where the answer is late, it is given back as soon as it is had.
  private func ask(_ script: RedisScript, _ holder: [UInt8]) async -> Result<RedisValue, SharingFailure> {
    do throws(SharingFailure) {
      return .success(
        try await redis.run(script, keys: [turn], [.init(holder), turnTime], within: settings.budget))
    } catch {
      if error.mayFollow { redis.undo(Self.release, keys: [turn], [.init(holder)]) }
      return .failure(error)
    }
  }

  /// Whether the turn is still had, or Redis is of no use any more.
  private func isMine(_ holder: [UInt8]) async -> Bool {
    switch await ask(Self.renewal, holder) {
    case .success(let answer): answer == .integer(1)
    case .failure: true
    }
  }

  /// Keeps the turn while its work goes on, though not for ever: who hangs must not keep the others from changing anything.
  private func renew(_ holder: [UInt8]) -> Task<Void, Never> {
    let (redis, turn, time, settings) = (redis, turn, turnTime, settings)
    return Task.detached(priority: .high) {
      let end = ContinuousClock.now + settings.turn * Self.longestTurn
      while (try? await Task.sleep(for: settings.turn / 3)) != nil, .now < end {
        _ = try? await redis.run(Self.renewal, keys: [turn], [.init(holder), time], within: settings.budget)
      }
    }
  }
}
