// All pattern texts in the order in which they are read: classes shared by many come first.

enum PatternSources {
  static let all: [String] = [
    HashedWords.classes, SharedPatterns.source, InjectionPatterns.source, DangerPatterns.source, RespectPatterns.source,
    JusticePatterns.source, PrivacyPatterns.source, TruthPatterns.source, OperationsPatterns.source,
    IntrusionPatterns.source, InfluencePatterns.source, EverydayPatterns.source, HarmlessPatterns.source,
  ]

  static let flagged: [(words: [String], flags: LexiconFlags)] = WordLists.flagged
}
