// What this process may use at most: the bounds of its control groups (cgroup v2, or v1 where that is mounted), and where
// there are none the machine's own memory and processors. A share of the wrong whole would raise no alarm, or a false one.
import Glibc

package struct ContainerLimits: Sendable, Hashable {
  package let memoryBytes: Int
  /// May be a part of one, such as 0.5.
  package let cores: Double

  package init(memoryBytes: Int, cores: Double) {
    self.memoryBytes = memoryBytes
    self.cores = cores
  }

  /// Reads them off `root`, the file system's.
  package init(root: String = "") {
    let machine = Self.machineMemory(ProcFile.read("\(root)/proc/meminfo")) ?? .max
    let online = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let own = Self.group(ProcFile.read("\(root)/proc/self/cgroup"))
    // A container often sees its own group as the root of all; a service under systemd lies in a folder of its own. Every
    // folder on the way bounds what is in it.
    var folders = ["\(root)/sys/fs/cgroup"]
    for part in own.split(separator: "/") { folders.append("\(folders[folders.count - 1])/\(part)") }
    var (memory, cores) = (machine, online)
    for folder in folders {
      if let bound = Self.number(ProcFile.read("\(folder)/memory.max")) { memory = min(memory, bound) }
      if let share = Self.quota(ProcFile.read("\(folder)/cpu.max")) { cores = min(cores, share) }
    }
    if let bound = Self.number(ProcFile.read("\(root)/sys/fs/cgroup/memory/memory.limit_in_bytes")) {
      memory = min(memory, bound)
    }
    self.init(memoryBytes: memory, cores: cores)
  }

  /// The path of the group in the unified hierarchy: the line `0::/system.slice/witan.service`.
  static func group(_ text: String?) -> Substring {
    let line = text?.split(separator: "\n").first { $0.hasPrefix("0::") }
    return line?.dropFirst(3) ?? ""
  }

  /// A file with one number; `max` and whatever else is no bound.
  static func number(_ text: String?) -> Int? {
    text.flatMap { Int($0.prefix { $0 != "\n" }) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// `QUOTA PERIOD` in microseconds, as processors.
  static func quota(_ text: String?) -> Double? {
    let words = text?.split(whereSeparator: \.isWhitespace).compactMap { Double($0) } ?? []
    guard words.count == 2, words[0] > 0, words[1] > 0 else { return nil }
    return words[0] / words[1]
  }

  /// `MemTotal:  8123456 kB`.
  static func machineMemory(_ text: String?) -> Int? {
    let line = text?.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
  }
}
