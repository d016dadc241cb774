// Which thread this is, as a small number: for things that each thread has of its own.
import CLinux

package enum ThreadNumber {
  /// 0 for the first thread that asked, then 1, 2, …; the same for the whole life of a thread.
  package static var current: Int { Int(witan_thread_number()) }
}
