// The constitutions of a simulated service: the toy council's in several editions, each made of a document that names it.
import Crypto
import JSON
import Ledger

@testable import Engine

struct Edition: Hashable {
  static let numbers = 0..<4

  var number: Int
  /// How many people a determination takes.
  var people: Int

  /// The name of every critic that sits in one edition or another.
  static let critics = ["rights", "autonomy", "due_process", "risk", "privacy", "model"]

  init(number: Int, people: Int) { (self.number, self.people) = (number, people) }

  init(document: [UInt8]) throws {
    let value = try JSONValue(parsing: document)
    guard let number = value["edition"]?.integer, let people = value["people"]?.integer else {
      throw LedgerError.inconsistent("the document is of no edition")
    }
    self.init(number: number, people: people)
  }

  var document: [UInt8] { Array(#"{"edition":\#(number),"people":\#(people)}"#.utf8) }

  var constitution: Constitution {
    var constitution = Toy.constitution
    var model = Charter(critic: "model", principle: .truth)
    model.deadlineMilliseconds = 20
    constitution.critics.append(model)
    constitution.reviews.determinationPeople = people
    constitution.document = String(decoding: document, as: UTF8.self)
    constitution.version = "sha256:" + SHA256.digest(document).hex
    switch number {
    case 1:
      constitution.critics[3].weight = 3
      constitution.critics[1].dissentThreshold = 0.5
      constitution.permitSeconds = 3600
    case 2: constitution.critics.remove(at: 2)
    case 3:
      constitution.critics.insert(Charter(critic: "privacy", principle: .privacy), at: 2)
      constitution.formulas.constrainConcern = 1.2
      constitution.critics[0].weight = 2
    default: break
    }
    return constitution
  }
}
