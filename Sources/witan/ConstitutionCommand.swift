// `witan constitution`: checks a constitution before it is put in force, or prints the one that is built in.
import Config
import Critics
import Engine

let constitutionCommand = Command(
  "constitution", "Checks and prints constitutions.", commands: [checkCommand, printCommand])

private let checkCommand = Command(
  "check", "Reads a constitution strictly; every fault is told with its line.",
  operands: [
    Operand(
      "FILE", count: .optional,
      "The document, or a folder that holds constitution.yaml; ./policies if not given, or the built-in one.")
  ]
) { invocation in
  do {
    let file = invocation.operands.first
    let constitution = try file.map { try Policies.load($0) } ?? Policies.loadOrBuiltIn("./policies")
    let clauses = constitution.critics.reduce(0) { $0 + $1.clauses.count }
    writeText(
      "fine: \(constitution.title)\n\(constitution.critics.count) critics, \(clauses) clauses\n\(constitution.version)\n",
      to: 1)
    return .fine
  } catch let errors as ConstitutionErrors {
    writeText("\(errors)\n", to: 2)
    return .foundWrong
  } catch let error as PoliciesError {
    writeText("\(error)\n", to: 2)
    return .foundWrong
  }
}

private let printCommand = Command(
  "print", "Prints the built-in constitution, to begin one's own with."
) { _ in
  writeText(String(decoding: BuiltInConstitution.document, as: UTF8.self), to: 1)
  return .fine
}
