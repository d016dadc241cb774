// The data folder of the commands that look at a ledger: one that has none is told of with what to do about it.
import Config
import Glibc
import Ledger

/// The folder that was named, or ./data; refused where neither a ledger nor keys are in it.
func ledgerFolder(_ named: FilePath?) throws(UsageError) -> String {
  let folder = named?.text ?? "./data"
  let paths = LedgerPaths(folder: folder)
  guard access(paths.database, F_OK) == 0 || access(paths.signingKey, F_OK) == 0 else {
    throw UsageError(
      "there is no ledger in \(folder); name its folder with --data DIR, or begin one there with `witan serve --data DIR`"
    )
  }
  return folder
}
