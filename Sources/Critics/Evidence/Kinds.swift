// What each detector may find, by name: what conditions of a constitution may ask for.

extension Detector {
  /// The kinds of its findings.
  package var kinds: Set<String> { Self.known[self] ?? [] }

  private static let known: [Detector: Set<String>] = {
    var known = read
    for meaning in PatternTables.shared.meanings where !meaning.flags.contains(.excuse) {
      known[meaning.detector, default: []].insert(meaning.kind)
    }
    for (detector, kind, _) in TextExaminer.models.joined() { known[detector, default: []].insert(kind) }
    return known
  }()

  /// Kinds that no pattern names, because they are read and not matched.
  private static let read: [Detector: Set<String>] = [
    .privacyIdentifiers: Set(
      NationalIdentifiers.rules.map(\.kind) + LetteredIdentifiers.rules.map(\.kind) + [
        "bank_account", "capitalised_name", "card_number", "coordinates", "date_of_birth", "driving_licence",
        "email_address", "hardware_address", "health_record_number", "iban", "ip_address", "membership_number",
        "passport_number", "phone_number", "street_address", "vehicle_plate",
      ]),
    .secrets: Set(
      SecretFormats.all.map(\.kind) + [
        "address_credentials", "encoded_key", "json_web_token", "keyed_secret", "password_assignment", "telegram_token",
      ]),
    .destructiveCommand: CommandRules.kinds.union([
      "delete_files", "delete_resource", "delete_rows", "drop", "fork_bomb", "overwrite", "truncate", "update_rows",
      "wipe_disk",
    ]),
    .irreversibleAction: ["destroy"],
    .operationalRisk: ["piped_script", "remote_script", "reverse_shell", "unread_commands"],
    .promptInjection: ["bidirectional_control", "hidden_characters"],
    .contradiction: [
      "name_mismatch", "negation_mismatch", "number_mismatch", "opposite", "self_name_mismatch",
      "self_negation_mismatch", "self_opposite",
    ],
    .evidenceGrounding: [
      "overstated", "thin_support", "unsupported_claim", "unsupported_name", "unsupported_number", "words_of_its_own",
    ],
  ]
}
