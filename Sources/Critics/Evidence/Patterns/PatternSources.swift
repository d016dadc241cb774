// All pattern texts in the order in which they are read: classes shared by many come first.

enum PatternSources {
  static let all: [String] = [
    SharedPatterns.source, InjectionPatterns.source,
  ]

  static let flagged: [(words: [String], flags: LexiconFlags)] = WordLists.flagged
}
