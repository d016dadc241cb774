// What a process does so that nobody reads its memory, asked of the kernel.
import CLinux
import Glibc
import Testing

@Suite("Private memory")
struct PrivateMemoryTests {
  @Test("there are no dumps of it, and nobody of the same user may trace it")
  func isPrivate() async {
    await #expect(processExitsWith: .success) {
      guard witan_memory_is_private() == 0, witan_keep_memory_private() == 0 else { exit(1) }
      exit(witan_memory_is_private() == 1 ? 0 : 2)
    }
  }
}
