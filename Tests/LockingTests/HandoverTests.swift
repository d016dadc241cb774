// A value from a thread to a task: whichever of the two comes first.
import Foundation
import Locking
import Testing

@Suite("A value handed over")
struct HandoverTests {
  @Test("arrives, given before the task waits, while it does, or from another thread")
  func arrives() async {
    #expect(await Handover<Int>.wait { $0.give(7) } == 7)
    for number in 0..<500 {
      let text = await Handover<[String]>.wait { handover in
        DispatchQueue.global().async { handover.give(["\(number)"]) }
      }
      #expect(text == ["\(number)"])
    }
  }

  @Test("may be nothing")
  func nothing() async {
    #expect(await Handover<Int?>.wait { $0.give(nil) } == nil)
  }

  @Test("is given once")
  func once() async {
    await #expect(processExitsWith: .failure) {
      _ = await Handover<Int>.wait { handover in
        handover.give(1)
        handover.give(2)
      }
    }
  }
}
