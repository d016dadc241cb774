// One answer to each operation, for the document and for those who read it. Tests hold each against the schema that is
// declared for it, and send every request that stands in the document to a running server.

enum Examples {
  /// By the operation's identifier.
  static let answers: [String: StaticString] =
    [deliberationAnswers, jobAnswers, governanceAnswers, reviewAnswers, ledgerAnswers, serviceAnswers].reduce(into: [:])
  {
    all, each in
    all.merge(each) { first, _ in first }
  }

  // What is not JSON, as JSON strings.

  static let note: StaticString =
    ##""witan.local/log\n12\n8u/tTpFJ5UqTLuGIaNDQZUTbaqMtxTkkiofpmpM+MXk=\n\n— witan.local/log fuQ67vEgA4pF8R2n48gY8JNg9o5Dcklh3hLFCuYnofpTdX0kF4KOimsIRd5fPXqfWZmszh6HYbEG2iH88UTeVk8jWwA=\n""##
  static let export: StaticString =
    ##""{\"before\":[\"b85YknyG/r4jOCy1zXICZ2vgJZ1PaVsUZWCvrOjSa2M=\"],\"export\":1,\"from\":2,\"origin\":\"witan.local/log\"}\n""##
  static let lines: StaticString =
    ##""{\"id\": \"dlb_01m7vw8xcnmjx2wydw9a4fvv5y\", \"verdict\": \"allow\"}\n""##
  static let explanation: StaticString =
    ##""# escalate\n\nThe action waits for the decision of a person.\n\nScore 1.31, uncertainty 0.45, weights version 1, constitution `sha256:28b1abb8dae487b7895aac21439a90b476702756e99b4447c96509378ccb5f51`.\n""##
}
