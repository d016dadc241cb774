// See CGatheringDisk.h. A file belongs to one connection and so to one thread at a time: no locks.
#include "CGatheringDisk.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The system VFS writes less than 128 KB at a time.
enum { PIECE = 120 << 10 };

typedef struct gathering_file {
  sqlite3_file base;
  sqlite3_file *real;
  witan_gathering *disk;
  int isDatabase;
  // Gathered and not yet handed over: `count` bytes that belong at `offset`.
  sqlite3_int64 offset;
  int count;
  char *bytes;
} gathering_file;

struct witan_gathering {
  sqlite3_vfs vfs;
  sqlite3_vfs *beneath;
  // The connection's database file while it is open.
  gathering_file *database;
  int keepsLength;
  int syncedEvery;
  int unsynced;
  char name[48];
};

// The file of the VFS beneath lies behind ours, at an address fit for any type.
enum { OWN_SIZE = (sizeof(gathering_file) + 15) / 16 * 16 };

static int handOver(gathering_file *file) {
  if (file->count == 0) return SQLITE_OK;
  int count = file->count;
  // What cannot be written is dropped: SQLite hears of it, and writes it anew if it still wants it.
  file->count = 0;
  return file->real->pMethods->xWrite(file->real, file->bytes, count, file->offset);
}

// A checkpoint takes its writes for done before anything else is asked of the file, so those to a database go through.
static int writeDatabase(gathering_file *file, const void *source, int count, sqlite3_int64 offset) {
  witan_gathering *disk = file->disk;
  int status = file->real->pMethods->xWrite(file->real, source, count, offset);
  if (status != SQLITE_OK || disk->syncedEvery == 0) return status;
  disk->unsynced += count;
  if (disk->unsynced < disk->syncedEvery) return status;
  disk->unsynced = 0;
  return file->real->pMethods->xSync(file->real, SQLITE_SYNC_NORMAL);
}

#define AFTER_HANDING_OVER(call)                       \
  gathering_file *file = (gathering_file *)base;       \
  int status = handOver(file);                         \
  return status == SQLITE_OK ? file->real->pMethods->call : status

static int gatherWrite(sqlite3_file *base, const void *source, int count, sqlite3_int64 offset) {
  gathering_file *file = (gathering_file *)base;
  if (file->isDatabase) return writeDatabase(file, source, count, offset);
  if (file->count > 0 && (offset != file->offset + file->count || file->count + count > PIECE)) {
    int status = handOver(file);
    if (status != SQLITE_OK) return status;
  }
  if (count > PIECE) return file->real->pMethods->xWrite(file->real, source, count, offset);
  if (file->count == 0) file->offset = offset;
  memcpy(file->bytes + file->count, source, count);
  file->count += count;
  return SQLITE_OK;
}

static int gatherClose(sqlite3_file *base) {
  gathering_file *file = (gathering_file *)base;
  int written = handOver(file);
  int status = file->real->pMethods->xClose(file->real);
  free(file->bytes);
  file->bytes = 0;
  if (file->disk->database == file) file->disk->database = 0;
  return written == SQLITE_OK ? status : written;
}

static int gatherRead(sqlite3_file *base, void *target, int count, sqlite3_int64 offset) {
  AFTER_HANDING_OVER(xRead(file->real, target, count, offset));
}
static int gatherSize(sqlite3_file *base, sqlite3_int64 *size) { AFTER_HANDING_OVER(xFileSize(file->real, size)); }
static int gatherTruncate(sqlite3_file *base, sqlite3_int64 size) {
  sqlite3_int64 now = 0;
  const gathering_file *it = (gathering_file *)base;
  if (it->isDatabase && it->disk->keepsLength && gatherSize(base, &now) == SQLITE_OK && now >= size) return SQLITE_OK;
  AFTER_HANDING_OVER(xTruncate(file->real, size));
}
static int gatherSync(sqlite3_file *base, int flags) { AFTER_HANDING_OVER(xSync(file->real, flags)); }
static int gatherLock(sqlite3_file *base, int level) { AFTER_HANDING_OVER(xLock(file->real, level)); }
static int gatherUnlock(sqlite3_file *base, int level) { AFTER_HANDING_OVER(xUnlock(file->real, level)); }
static int gatherControl(sqlite3_file *base, int operation, void *argument) {
  AFTER_HANDING_OVER(xFileControl(file->real, operation, argument));
}

#define REAL ((gathering_file *)base)->real
static int gatherReserved(sqlite3_file *base, int *result) {
  return REAL->pMethods->xCheckReservedLock(REAL, result);
}
static int gatherSector(sqlite3_file *base) { return REAL->pMethods->xSectorSize(REAL); }
static int gatherCharacteristics(sqlite3_file *base) { return REAL->pMethods->xDeviceCharacteristics(REAL); }
static int gatherShmMap(sqlite3_file *base, int region, int size, int extends, void volatile **result) {
  return REAL->pMethods->xShmMap(REAL, region, size, extends, result);
}
static int gatherShmLock(sqlite3_file *base, int offset, int count, int flags) {
  AFTER_HANDING_OVER(xShmLock(file->real, offset, count, flags));
}
static void gatherShmBarrier(sqlite3_file *base) { REAL->pMethods->xShmBarrier(REAL); }
static int gatherShmUnmap(sqlite3_file *base, int deletes) { return REAL->pMethods->xShmUnmap(REAL, deletes); }

// Version 2: shared memory, as a write-ahead log needs it, but no mapped pages, which would pass the gathering by.
static const sqlite3_io_methods methods = {
    2,         gatherClose,      gatherRead,   gatherWrite,   gatherTruncate,   gatherSync,     gatherSize, gatherLock,
    gatherUnlock, gatherReserved, gatherControl, gatherSector, gatherCharacteristics, gatherShmMap, gatherShmLock,
    gatherShmBarrier, gatherShmUnmap, 0,       0};

static int gatherOpen(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *outFlags) {
  witan_gathering *disk = vfs->pAppData;
  // Journals, temporary files and the like are as they are.
  if (!(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
    return disk->beneath->xOpen(disk->beneath, name, base, flags, outFlags);
  gathering_file *file = (gathering_file *)base;
  memset(file, 0, OWN_SIZE);
  file->real = (sqlite3_file *)((char *)base + OWN_SIZE);
  int status = disk->beneath->xOpen(disk->beneath, name, file->real, flags, outFlags);
  if (status != SQLITE_OK) {
    // SQLite closes only files with methods, and so calls none of ours.
    if (file->real->pMethods) file->real->pMethods->xClose(file->real);
    return status;
  }
  file->bytes = malloc(PIECE);
  if (!file->bytes) {
    file->real->pMethods->xClose(file->real);
    return SQLITE_NOMEM;
  }
  file->disk = disk;
  file->isDatabase = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  if (file->isDatabase) disk->database = file;
  file->base.pMethods = &methods;
  return SQLITE_OK;
}

#define BENEATH ((witan_gathering *)vfs->pAppData)->beneath
static int gatherDelete(sqlite3_vfs *vfs, const char *name, int syncs) {
  return BENEATH->xDelete(BENEATH, name, syncs);
}
static int gatherAccess(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  return BENEATH->xAccess(BENEATH, name, flags, result);
}
static int gatherFullPath(sqlite3_vfs *vfs, const char *name, int count, char *target) {
  return BENEATH->xFullPathname(BENEATH, name, count, target);
}
static int gatherRandomness(sqlite3_vfs *vfs, int count, char *target) {
  return BENEATH->xRandomness(BENEATH, count, target);
}
static int gatherSleep(sqlite3_vfs *vfs, int microseconds) { return BENEATH->xSleep(BENEATH, microseconds); }
static int gatherTime(sqlite3_vfs *vfs, double *time) { return BENEATH->xCurrentTime(BENEATH, time); }
static int gatherLastError(sqlite3_vfs *vfs, int count, char *target) {
  return BENEATH->xGetLastError ? BENEATH->xGetLastError(BENEATH, count, target) : 0;
}

witan_gathering *witan_gathering_create(const char *beneath) {
  static atomic_llong number = 0;
  sqlite3_vfs *found = sqlite3_vfs_find(beneath);
  witan_gathering *disk = found ? calloc(1, sizeof *disk) : 0;
  if (!disk) return 0;
  snprintf(disk->name, sizeof disk->name, "witan-gathering-%lld", atomic_fetch_add(&number, 1));
  disk->beneath = found;
  disk->vfs = (sqlite3_vfs){
      .iVersion = 1,
      .szOsFile = OWN_SIZE + found->szOsFile,
      .mxPathname = found->mxPathname,
      .zName = disk->name,
      .pAppData = disk,
      .xOpen = gatherOpen,
      .xDelete = gatherDelete,
      .xAccess = gatherAccess,
      .xFullPathname = gatherFullPath,
      .xRandomness = gatherRandomness,
      .xSleep = gatherSleep,
      .xCurrentTime = gatherTime,
      .xGetLastError = gatherLastError,
  };
  if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK) {
    free(disk);
    return 0;
  }
  return disk;
}

const char *witan_gathering_name(const witan_gathering *disk) { return disk->name; }

void witan_gathering_hide(witan_gathering *disk) {
  if (disk) sqlite3_vfs_unregister(&disk->vfs);
}

void witan_gathering_destroy(witan_gathering *disk) { free(disk); }

void witan_gathering_keep_length(witan_gathering *disk) { disk->keepsLength = 1; }

void witan_gathering_sync_every(witan_gathering *disk, int bytes) { disk->syncedEvery = bytes; }

int witan_gathering_sync_database(witan_gathering *disk, long long size) {
  static const char zeroes[64 << 10];
  gathering_file *file = disk->database;
  if (!file) return SQLITE_MISUSE;
  sqlite3_int64 now = 0;
  int status = gatherSize(&file->base, &now);
  while (status == SQLITE_OK && now < size) {
    int count = size - now < (long long)sizeof zeroes ? (int)(size - now) : (int)sizeof zeroes;
    status = file->real->pMethods->xWrite(file->real, zeroes, count, now);
    now += count;
  }
  disk->unsynced = 0;
  return status == SQLITE_OK ? file->real->pMethods->xSync(file->real, SQLITE_SYNC_NORMAL) : status;
}
