// `witan config check` and `witan config reference`.
import Config
import JSON

private let asJSON = Flag("json", "Print JSON.")
private let asMarkdown = Flag("markdown", "Print a page of Markdown, as docs/configuration.md.")

/// docs/configuration.md, whole: a test holds the two equal.
private var configurationPage: String {
  """
  # Configuration

  Made by `witan config reference --markdown` from the declarations in the code; what is written here by hand is lost.

  Flags stand over `WITAN_…` variables, those over `witan.yaml` (in the working directory, or where `--config` or `WITAN_CONFIG` says), and
  those over the defaults. A dot in a setting's name is a level of the file: `http.body: 2MiB` is the same as `http: {body: 2MiB}`. An
  unknown name, a wrong type or a value out of range stops the start and is told with its file, line and the nearest valid name.

  `witan config check [FILE]` prints every setting with its value and where it came from, and what is wrong at which line. `witan config
  reference` prints this as a commented `witan.yaml` with the defaults.

  A secret is given by value, by `NAME_file` (a file that holds it) or by `NAME_command` (the absolute path of a program and its words,
  run without a shell, that prints it within ten seconds). It is never shown again.

  SIGHUP and `POST /v1/admin/reload` read everything anew. What says *yes* under *reload* takes effect at once; the others are named in the
  log and in the answer, and wait for a restart. A file with a fault changes nothing.


  """ + Settings.schema.markdownReference
}

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
      "reference", "Prints the reference of all settings, as a commented configuration file.",
      options: [asMarkdown.declaration]
    ) { invocation in
      writeText(invocation[asMarkdown] ? configurationPage : Settings.schema.yamlReference, to: 1)
      return .fine
    },
  ])

extension JSONWritable {
  /// As JSON, in one line.
  var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }
}
