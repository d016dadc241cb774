// What the kernel says of this process (proc(5)), and the metrics by the names that Prometheus clients agree on.
import Glibc

package struct ProcessStatistics: Hashable, Sendable {
  package let cpuNanoseconds: UInt64
  package let residentBytes: Int
  package let virtualBytes: Int
  package let threads: Int
  /// Clock ticks after the system's start.
  let startTicks: UInt64

  /// Reads `/proc/self/stat`'s text. The second field, the name, may hold spaces and parentheses.
  package init?(stat: String, ticksPerSecond: Int, pageSize: Int) {
    guard let close = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
    let fields = stat[stat.index(after: close)...].split(separator: " ")
    // proc_pid_stat(5) counts from 1 and two fields are gone: utime is 14, stime 15, num_threads 20, starttime 22,
    // vsize 23, rss 24.
    guard fields.count > 21, let user = UInt64(fields[11]), let system = UInt64(fields[12]),
      let threads = Int(fields[17]),
      let start = UInt64(fields[19]), let size = Int(fields[20]), let pages = Int(fields[21])
    else { return nil }
    cpuNanoseconds = (user + system) * (1_000_000_000 / UInt64(ticksPerSecond))
    residentBytes = pages * pageSize
    virtualBytes = size
    self.threads = threads
    startTicks = start
  }

  package static func current() -> ProcessStatistics? {
    guard let text = ProcFile.read("/proc/self/stat") else { return nil }
    return ProcessStatistics(
      stat: text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)), pageSize: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Seconds since 1970 at which the process began.
  package var startSeconds: Double? {
    guard let text = ProcFile.read("/proc/stat"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
      let boot = Double(line.dropFirst(6))
    else { return nil }
    return boot + Double(startTicks) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  package static func openDescriptors() -> Int? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count - 3  // ".", ".." and the folder itself
  }

  package static func descriptorLimit() -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_cur)
  }
}

package enum ProcFile {
  /// A file of /proc, whose size is not known before it is read; at most 64 KiB.
  package static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count) }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { break }
      count += got
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

package enum ProcessMetrics {
  package static func register(in metrics: Metrics) {
    metrics.observe(counter: "process_cpu", "CPU time used by user and system.", unit: "seconds") {
      ProcessStatistics.current().map { Double($0.cpuNanoseconds) / 1e9 }
    }
    metrics.observe(gauge: "process_resident_memory", "Resident memory.", unit: "bytes") {
      ProcessStatistics.current().map { Double($0.residentBytes) }
    }
    metrics.observe(gauge: "process_virtual_memory", "Virtual memory.", unit: "bytes") {
      ProcessStatistics.current().map { Double($0.virtualBytes) }
    }
    metrics.observe(gauge: "process_threads", "Threads.") { ProcessStatistics.current().map { Double($0.threads) } }
    metrics.observe(gauge: "process_open_fds", "Open file descriptors.") {
      ProcessStatistics.openDescriptors().map(Double.init)
    }
    metrics.observe(gauge: "process_max_fds", "File descriptors that may be open.") {
      ProcessStatistics.descriptorLimit().map(Double.init)
    }
    let start = ProcessStatistics.current()?.startSeconds
    metrics.observe(gauge: "process_start_time", "When the process began, since 1970.", unit: "seconds") { start }
  }
}
