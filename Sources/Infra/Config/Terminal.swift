// Colour, where a person is looking: on a terminal that has not asked to be left alone (https://no-color.org).
import Glibc

package enum Colour: String, Sendable {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case bold = "1"
}

package enum Terminal {
  /// Whether what is written to `descriptor` is seen by a person who can see colours.
  package static func showsColour(_ descriptor: Int32) -> Bool {
    func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    return isatty(descriptor) == 1 && variable("NO_COLOR").isEmpty && !["", "dumb"].contains(variable("TERM"))
  }

  /// `text` in a colour, if there is anybody to see it on `descriptor`.
  package static func painted(_ text: String, _ colour: Colour, on descriptor: Int32) -> String {
    showsColour(descriptor) ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }
}
