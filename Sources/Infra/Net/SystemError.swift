// What the operating system answered when a call failed: the call's name and errno, in words a person can act on.
import Glibc

/// A failed system call.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call that failed, as its manual page names it.
  package let call: String
  package let code: Int32

  package init(_ call: String, _ code: Int32 = errno) {
    self.call = call
    self.code = code
  }

  package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Runs `call` and throws the error it leaves in errno when the result is negative.
@discardableResult
package func checked(_ name: String, _ call: () -> Int32) throws(SystemError) -> Int32 {
  let result = call()
  if result < 0 { throw SystemError(name) }
  return result
}
