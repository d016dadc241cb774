// `witan config check` and `witan config reference`.
import Config
import JSON

private let asJSON = Flag("json", "Print JSON.")

let configCommand = Command(
  "config", "Looks at the configuration.",
  commands: [
    Command(
      "check", "Prints every setting, where its value comes from, and what is wrong at which line.",
      options: [asJSON.declaration], operands: [Operand("FILE", count: .optional, "The configuration file.")]
    ) { invocation in
      let sources: ConfigurationSources
      do throws(ConfigurationError) {
        sources = try ConfigurationSources.gather(file: invocation.operands.first)
      } catch {
        writeText("\(error)\n", to: 2)
        return .foundWrong
      }
      let report = CheckReport(Settings.schema.resolve(sources), schema: Settings.schema)
      writeText(invocation[asJSON] ? report.jsonText + "\n" : report.text, to: 1)
      return report.findings.isEmpty ? .fine : .foundWrong
    },
    Command(
      "reference", "Prints the reference of all settings, as a commented configuration file."
    ) { _ in
      writeText(Settings.schema.yamlReference, to: 1)
      return .fine
    },
  ])

extension JSONWritable {
  /// As JSON, in one line.
  var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }
}
