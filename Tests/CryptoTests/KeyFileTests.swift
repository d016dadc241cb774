// Key files: made whole and closed, refused when others could have read them; and files erased for good.
import Foundation
import TestSupport
import Testing

@testable import Crypto

@Suite struct KeyFileTests {
  private func names(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? NSNumber).intValue
  }

  @Test func aKeyFileIsClosedToOthersAndReadsBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/token.pem"
    let secret = SecretBytes.random(100)
    try KeyFile.write(secret.span, to: path)
    #expect(try mode(path) == 0o600)
    #expect(try names(folder) == ["token.pem"])
    let again = try KeyFile.read(path)
    let same = constantTimeEquals(secret.span, again.span)
    #expect(same)
  }

  @Test func anExistingKeyIsNotOverwrittenUnlessAsked() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/key"
    let first: [UInt8] = [1]
    let second: [UInt8] = [2, 2]
    try KeyFile.write(first, to: path)
    #expect(throws: FileError.exists(path: path)) { try KeyFile.write(second, to: path) }
    try KeyFile.write(second, to: path, replacing: true)
    let read = try KeyFile.read(path)
    #expect(read.count == 2)
    #expect(try names(folder) == ["key"])
  }

  @Test(arguments: [0o640, 0o604, 0o644, 0o620, 0o602, 0o610, 0o666, 0o777])
  func aKeyThatOthersCouldUseIsRefused(mode: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/key"
    try KeyFile.write([1], to: path)
    chmod(path, mode_t(mode))
    let error = try #require(throws: FileError.self) {
      let key = try KeyFile.read(path)
      _ = key.count
    }
    #expect(error == .openToOthers(path: path, mode: UInt32(mode)))
    #expect(error.description.contains("chmod 600 \(path)"))
  }

  @Test(.enabled(if: geteuid() == 0, "changing a file's owner needs root"))
  func aKeyOfSomebodyElseIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/key"
    try KeyFile.write([1], to: path)
    #expect(chown(path, 12345, 12345) == 0)
    #expect(throws: FileError.ownedBySomebodyElse(path: path, owner: 12345, expected: 0)) {
      let key = try KeyFile.read(path)
      _ = key.count
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError.missing(path: folder.path + "/none")) {
      let key = try KeyFile.read(folder.path + "/none")
      _ = key.count
    }
    #expect(throws: FileError.notAFile(path: folder.path)) {
      let key = try KeyFile.read(folder.path)
      _ = key.count
    }
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: FileError.notAFile(path: pipe)) {
      let key = try KeyFile.read(pipe)
      _ = key.count
    }
    let long = folder.path + "/long"
    let bytes = [UInt8](repeating: 1, count: KeyFile.maximumLength + 1)
    #expect(throws: FileError.tooLong(path: long, limit: KeyFile.maximumLength)) {
      try KeyFile.write(bytes, to: long)
    }
    #expect(throws: FileError.missing(path: folder.path + "/no/such")) {
      let key = try KeyFile.readOrCreate(folder.path + "/no/such/key") { SecretBytes.random(8) }
      _ = key.count
    }
  }

  @Test func startingTogetherEndsWithOneKey() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/key"
    let digests = await withTaskGroup(of: Digest?.self) { group in
      for _ in 0..<16 {
        group.addTask {
          guard let key = try? KeyFile.readOrCreate(path, make: { SecretBytes.random(32) }) else { return nil }
          return SHA256.digest(key.span)
        }
      }
      return await group.reduce(into: [Digest?]()) { $0.append($1) }
    }
    #expect(Set(digests).count == 1 && digests[0] != nil)
    #expect(try names(folder) == ["key"])
  }

  @Test func anErasedFileIsGoneAndItsBlocksAreOverwritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/secret"
    let content = [UInt8](repeating: 0x5A, count: 200_001)
    _ = FileManager.default.createFile(atPath: path, contents: Data(content))
    // A descriptor opened before sees what happens to the inode itself.
    let watcher = try #require(FileHandle(forReadingAtPath: path))
    try FileErasure.erase(path)
    #expect(try names(folder).isEmpty)
    #expect(try watcher.readToEnd() ?? Data() == Data(), "nothing is left to read")
  }

  @Test func erasingOverwritesEveryByteInPlace() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/secret"
    let content = [UInt8](repeating: 0x5A, count: 200_001)
    _ = FileManager.default.createFile(atPath: path, contents: Data(content))
    let descriptor = open(path, O_RDWR)
    defer { close(descriptor) }
    try FileErasure.overwrite(descriptor, length: content.count, path: path)
    let after = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(after.count == content.count)
    // Of random bytes one in 256 is what it was.
    let kept = zip(after, content).count { $0 == $1 }
    #expect(kept < content.count / 100)
    #expect(!after.suffix(64).allSatisfy { $0 == 0 })
  }

  @Test func aKeyThatIsReplacedIsOverwritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/key"
    try KeyFile.write([1, 2, 3], to: path)
    // A descriptor opened before sees what happens to the inode itself.
    let watcher = try #require(FileHandle(forReadingAtPath: path))
    try KeyFile.write([4, 5, 6], to: path, replacing: true)
    #expect(try watcher.readToEnd() ?? Data() == Data(), "nothing is left of the old key")
    #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == [4, 5, 6])
    // What somebody else has a name for is theirs.
    #expect(link(path, folder.path + "/copy") == 0)
    try KeyFile.write([7], to: path, replacing: true)
    #expect([UInt8](try Data(contentsOf: folder.file("copy"))) == [4, 5, 6])
    #expect(try names(folder) == ["copy", "key"])
  }

  @Test func erasingRefusesLinksAndWhatIsNoFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/secret"
    _ = FileManager.default.createFile(atPath: path, contents: Data([1, 2, 3]))
    #expect(symlink(path, folder.path + "/soft") == 0)
    #expect(throws: FileError.notAFile(path: folder.path + "/soft")) { try FileErasure.erase(folder.path + "/soft") }
    #expect(link(path, folder.path + "/hard") == 0)
    #expect(throws: FileError.hasOtherNames(path: path, count: 2)) { try FileErasure.erase(path) }
    #expect(throws: FileError.missing(path: folder.path + "/none")) { try FileErasure.erase(folder.path + "/none") }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]), "a refusal changes nothing")
    #expect(throws: (any Error).self) { try FileErasure.erase(folder.path) }
    _ = FileManager.default.createFile(atPath: folder.path + "/empty", contents: Data())
    try FileErasure.erase(folder.path + "/empty")
    #expect(try names(folder) == ["hard", "secret", "soft"])
  }
}
