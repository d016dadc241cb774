// SQLite 3, as Swift sees it. Macros that Swift cannot import get a typed inline function here.
#pragma once
#include <sqlite3.h>
#include <string.h>

/// Binds bytes that stay where they are until the statement is reset or bound anew.
static inline int witan_bind_blob_in_place(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

/// Binds a copy of the bytes.
static inline int witan_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/// Binds UTF-8 text that stays where it is until the statement is reset or bound anew.
static inline int witan_bind_text_in_place(sqlite3_stmt *statement, int index, const void *text, int count) {
  return sqlite3_bind_text(statement, index, count == 0 ? "" : (const char *)text, count, SQLITE_STATIC);
}

/// Binds a copy of the UTF-8 text.
static inline int witan_bind_text_copy(sqlite3_stmt *statement, int index, const char *text, int count) {
  return sqlite3_bind_text(statement, index, count == 0 ? "" : text, count, SQLITE_TRANSIENT);
}

/// Has SQLite keep no statistics of its memory, and so take no lock for each allocation. Before its first use.
static inline void witan_leave_out_memory_statistics(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// sqlite3_db_config for the options that take a number.
static inline int witan_db_config(sqlite3 *database, int option, int value) {
  return sqlite3_db_config(database, option, value, (int *)0);
}

/// Opens a plain file through a VFS (the default one for a null name). `path` must stay in place until the file is
/// closed. Returns null and sets `status` on failure.
static inline sqlite3_file *witan_file_open(const char *vfs, const char *path, int flags, int *status) {
  sqlite3_vfs *system = sqlite3_vfs_find(vfs);
  if (!system) {
    *status = SQLITE_NOTFOUND;
    return 0;
  }
  sqlite3_file *file = (sqlite3_file *)sqlite3_malloc(system->szOsFile);
  if (!file) {
    *status = SQLITE_NOMEM;
    return 0;
  }
  memset(file, 0, system->szOsFile);
  // A super-journal is the kind of file whose name SQLite does not interpret and whose folder it syncs on creation.
  *status = system->xOpen(system, path, file, flags | SQLITE_OPEN_SUPER_JOURNAL, 0);
  if (*status != SQLITE_OK) {
    if (file->pMethods) file->pMethods->xClose(file);
    sqlite3_free(file);
    return 0;
  }
  return file;
}

/// Reads; what lies beyond the end of the file is set to zero and is no error.
static inline int witan_file_read(sqlite3_file *file, void *target, int count, long long offset) {
  int status = file->pMethods->xRead(file, target, count, offset);
  return status == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : status;
}

static inline int witan_file_write(sqlite3_file *file, const void *source, int count, long long offset) {
  return file->pMethods->xWrite(file, source, count, offset);
}

static inline int witan_file_sync(sqlite3_file *file) { return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL); }

static inline int witan_file_size(sqlite3_file *file, long long *size) {
  sqlite3_int64 found = 0;
  int status = file->pMethods->xFileSize(file, &found);
  *size = found;
  return status;
}

/// Deletes a file of a VFS; one that is not there is no error.
static inline int witan_file_delete(const char *vfs, const char *path) {
  sqlite3_vfs *system = sqlite3_vfs_find(vfs);
  if (!system) return SQLITE_ERROR;
  int status = system->xDelete(system, path, 1);
  return status == SQLITE_IOERR_DELETE_NOENT ? SQLITE_OK : status;
}

static inline void witan_file_close(sqlite3_file *file) {
  file->pMethods->xClose(file);
  sqlite3_free(file);
}
