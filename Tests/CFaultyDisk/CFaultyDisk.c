// See CFaultyDisk.h. One mutex guards a whole disk: its users are slow anyway.
#include "CFaultyDisk.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512, SHM_SLOTS = 8, MOST_REGIONS = 64 };

/// Something done to a file and not yet synced. A truncation has no data.
typedef struct change {
  struct change *next;
  int64_t offset;
  int64_t count;
  uint8_t *data;
} change;

typedef struct content {
  uint8_t *bytes;
  int64_t count;
  int64_t capacity;
} content;

typedef struct node {
  struct node *next;
  char *name;
  content now;
  content durable;
  change *changes, **lastChange;
  int isDeleted, deletionIsDurable, existsDurably;
  int openHandles;
  // Locks of the rollback kind.
  int sharedLocks;
  void *reservedBy, *exclusiveBy;
  // Shared memory of the write-ahead log.
  uint8_t *regions[MOST_REGIONS];
  int shmUsers;
  int shmShared[SHM_SLOTS];
  void *shmExclusive[SHM_SLOTS];
} node;

struct faulty_disk {
  sqlite3_vfs vfs;
  sqlite3_vfs *system;
  pthread_mutex_t mutex;
  pthread_cond_t wakes;
  int isSilent;
  // Files that are open, and the owner of the disk while there is one.
  int64_t users;
  char *name;
  node *nodes;
  int64_t operations;
  int64_t powerCutAt;
  int hasNoPower;
  int64_t failAt[3], failCount[3], seen[3];
  int64_t capacity;
};

typedef struct handle {
  sqlite3_file base;
  faulty_disk *disk;
  node *node;
  int lock;
  int usesShm;
  unsigned shmSharedMask, shmExclusiveMask;
  int deletesOnClose;
} handle;

static void reserve(content *it, int64_t count) {
  if (count <= it->capacity) return;
  int64_t capacity = it->capacity ? it->capacity : 4096;
  while (capacity < count) capacity *= 2;
  it->bytes = realloc(it->bytes, capacity);
  it->capacity = capacity;
}

static void put(content *it, const uint8_t *data, int64_t count, int64_t offset) {
  if (offset + count > it->count) {
    reserve(it, offset + count);
    if (offset > it->count) memset(it->bytes + it->count, 0, offset - it->count);
    it->count = offset + count;
  }
  memcpy(it->bytes + offset, data, count);
}

static void setCount(content *it, int64_t count) {
  if (count > it->count) {
    reserve(it, count);
    memset(it->bytes + it->count, 0, count - it->count);
  }
  it->count = count;
}

static void dropChanges(node *it) {
  for (change *c = it->changes; c;) {
    change *next = c->next;
    free(c->data);
    free(c);
    c = next;
  }
  it->changes = 0;
  it->lastChange = &it->changes;
}

static void note(node *it, const uint8_t *data, int64_t count, int64_t offset) {
  change *c = calloc(1, sizeof *c);
  c->offset = offset;
  c->count = count;
  if (data) {
    c->data = malloc(count ? count : 1);
    memcpy(c->data, data, count);
  }
  *it->lastChange = c;
  it->lastChange = &c->next;
}

static void freeShm(node *it) {
  for (int i = 0; i < MOST_REGIONS; i++) {
    free(it->regions[i]);
    it->regions[i] = 0;
  }
  memset(it->shmShared, 0, sizeof it->shmShared);
  memset(it->shmExclusive, 0, sizeof it->shmExclusive);
}

static node *find(faulty_disk *disk, const char *name) {
  for (node *it = disk->nodes; it; it = it->next)
    if (!strcmp(it->name, name)) return it;
  return 0;
}

/// Counts an operation that changes the disk; nonzero if it must fail.
static int mustFail(faulty_disk *disk, int kind) {
  if (disk->hasNoPower) return 1;
  disk->operations++;
  if (disk->powerCutAt && disk->operations >= disk->powerCutAt) {
    disk->hasNoPower = 1;
    return 1;
  }
  disk->seen[kind]++;
  return disk->failAt[kind] && disk->seen[kind] >= disk->failAt[kind]
         && disk->seen[kind] < disk->failAt[kind] + disk->failCount[kind];
}

static int64_t total(faulty_disk *disk) {
  int64_t sum = 0;
  for (node *it = disk->nodes; it; it = it->next)
    if (!it->isDeleted) sum += it->now.count;
  return sum;
}

#define LOCKED(disk) pthread_mutex_lock(&(disk)->mutex)
#define UNLOCKED(disk, result)            \
  do {                                    \
    int outcome = (result);               \
    pthread_mutex_unlock(&(disk)->mutex); \
    return outcome;                       \
  } while (0)

static void freeNode(node *it);

// Whoever uses the disk last frees it.
static void leave(faulty_disk *disk) {
  pthread_mutex_lock(&disk->mutex);
  int isLast = --disk->users == 0;
  pthread_mutex_unlock(&disk->mutex);
  if (!isLast) return;
  while (disk->nodes) {
    node *next = disk->nodes->next;
    freeNode(disk->nodes);
    disk->nodes = next;
  }
  pthread_cond_destroy(&disk->wakes);
  pthread_mutex_destroy(&disk->mutex);
  free(disk->name);
  free(disk);
}

static int fileClose(sqlite3_file *file) {
  handle *it = (handle *)file;
  pthread_mutex_lock(&it->disk->mutex);
  it->node->openHandles--;
  if (it->deletesOnClose) it->node->isDeleted = it->node->deletionIsDurable = 1;
  pthread_mutex_unlock(&it->disk->mutex);
  leave(it->disk);
  return SQLITE_OK;
}

static int fileRead(sqlite3_file *file, void *target, int count, sqlite3_int64 offset) {
  handle *it = (handle *)file;
  LOCKED(it->disk);
  if (it->disk->hasNoPower) UNLOCKED(it->disk, SQLITE_IOERR_READ);
  content *now = &it->node->now;
  int64_t there = now->count - offset;
  if (there < 0) there = 0;
  if (there > count) there = count;
  if (there) memcpy(target, now->bytes + offset, there);
  if (there < count) {
    memset((uint8_t *)target + there, 0, count - there);
    UNLOCKED(it->disk, SQLITE_IOERR_SHORT_READ);
  }
  UNLOCKED(it->disk, SQLITE_OK);
}

static int fileWrite(sqlite3_file *file, const void *source, int count, sqlite3_int64 offset) {
  handle *it = (handle *)file;
  LOCKED(it->disk);
  // A write during which the power fails may be done in part.
  int hadPower = !it->disk->hasNoPower;
  if (mustFail(it->disk, FAULTY_WRITE)) {
    if (hadPower && it->disk->hasNoPower) note(it->node, source, count, offset);
    UNLOCKED(it->disk, SQLITE_IOERR_WRITE);
  }
  int64_t growth = offset + count - it->node->now.count;
  if (it->disk->capacity && growth > 0 && total(it->disk) + growth > it->disk->capacity)
    UNLOCKED(it->disk, SQLITE_FULL);
  put(&it->node->now, source, count, offset);
  note(it->node, source, count, offset);
  UNLOCKED(it->disk, SQLITE_OK);
}

static int fileTruncate(sqlite3_file *file, sqlite3_int64 count) {
  handle *it = (handle *)file;
  LOCKED(it->disk);
  if (mustFail(it->disk, FAULTY_WRITE)) UNLOCKED(it->disk, SQLITE_IOERR_TRUNCATE);
  setCount(&it->node->now, count);
  note(it->node, 0, count, 0);
  UNLOCKED(it->disk, SQLITE_OK);
}

static int fileSync(sqlite3_file *file, int flags) {
  (void)flags;
  handle *it = (handle *)file;
  LOCKED(it->disk);
  while (it->disk->isSilent) pthread_cond_wait(&it->disk->wakes, &it->disk->mutex);
  if (mustFail(it->disk, FAULTY_SYNC)) UNLOCKED(it->disk, SQLITE_IOERR_FSYNC);
  setCount(&it->node->durable, 0);
  if (it->node->now.count) put(&it->node->durable, it->node->now.bytes, it->node->now.count, 0);
  it->node->existsDurably = 1;
  dropChanges(it->node);
  UNLOCKED(it->disk, SQLITE_OK);
}

static int fileSize(sqlite3_file *file, sqlite3_int64 *count) {
  handle *it = (handle *)file;
  LOCKED(it->disk);
  *count = it->node->now.count;
  UNLOCKED(it->disk, it->disk->hasNoPower ? SQLITE_IOERR_FSTAT : SQLITE_OK);
}

static int fileLock(sqlite3_file *file, int level) {
  handle *it = (handle *)file;
  node *n = it->node;
  LOCKED(it->disk);
  if (it->lock >= level) UNLOCKED(it->disk, SQLITE_OK);
  if (level == SQLITE_LOCK_SHARED) {
    if (n->exclusiveBy) UNLOCKED(it->disk, SQLITE_BUSY);
    n->sharedLocks++;
  } else {
    if (n->reservedBy && n->reservedBy != it) UNLOCKED(it->disk, SQLITE_BUSY);
    if (level == SQLITE_LOCK_EXCLUSIVE && n->sharedLocks > 1) UNLOCKED(it->disk, SQLITE_BUSY);
    n->reservedBy = it;
    if (level == SQLITE_LOCK_EXCLUSIVE) n->exclusiveBy = it;
  }
  it->lock = level;
  UNLOCKED(it->disk, SQLITE_OK);
}

static int fileUnlock(sqlite3_file *file, int level) {
  handle *it = (handle *)file;
  LOCKED(it->disk);
  if (it->lock > level) {
    if (it->node->reservedBy == it) it->node->reservedBy = 0;
    if (it->node->exclusiveBy == it) it->node->exclusiveBy = 0;
    if (level == SQLITE_LOCK_NONE) it->node->sharedLocks--;
    it->lock = level;
  }
  UNLOCKED(it->disk, SQLITE_OK);
}

static int fileCheckReserved(sqlite3_file *file, int *isReserved) {
  handle *it = (handle *)file;
  LOCKED(it->disk);
  *isReserved = it->node->reservedBy != 0;
  UNLOCKED(it->disk, SQLITE_OK);
}

static int fileControl(sqlite3_file *file, int operation, void *argument) {
  (void)file;
  (void)operation;
  (void)argument;
  return SQLITE_NOTFOUND;
}

static int sectorSize(sqlite3_file *file) {
  (void)file;
  return 4096;
}

static int characteristics(sqlite3_file *file) {
  (void)file;
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shmMap(sqlite3_file *file, int region, int size, int extend, void volatile **target) {
  handle *it = (handle *)file;
  LOCKED(it->disk);
  *target = 0;
  if (region >= MOST_REGIONS) UNLOCKED(it->disk, SQLITE_IOERR_SHMMAP);
  if (!it->usesShm) {
    it->usesShm = 1;
    it->node->shmUsers++;
  }
  if (!it->node->regions[region] && extend) it->node->regions[region] = calloc(1, size);
  *target = it->node->regions[region];
  UNLOCKED(it->disk, SQLITE_OK);
}

static int shmLock(sqlite3_file *file, int offset, int count, int flags) {
  handle *it = (handle *)file;
  node *n = it->node;
  LOCKED(it->disk);
  for (int pass = 0; pass < 2; pass++) {
    for (int slot = offset; slot < offset + count; slot++) {
      unsigned bit = 1u << slot;
      int isMineShared = (it->shmSharedMask & bit) != 0, isMineExclusive = (it->shmExclusiveMask & bit) != 0;
      if (flags & SQLITE_SHM_UNLOCK) {
        if (pass == 0) continue;
        if (isMineShared) n->shmShared[slot]--;
        if (isMineExclusive) n->shmExclusive[slot] = 0;
        it->shmSharedMask &= ~bit;
        it->shmExclusiveMask &= ~bit;
      } else if (flags & SQLITE_SHM_SHARED) {
        if (pass == 0) {
          if (n->shmExclusive[slot] && n->shmExclusive[slot] != it) UNLOCKED(it->disk, SQLITE_BUSY);
        } else if (!isMineShared) {
          n->shmShared[slot]++;
          it->shmSharedMask |= bit;
        }
      } else {
        if (pass == 0) {
          if (n->shmExclusive[slot] && n->shmExclusive[slot] != it) UNLOCKED(it->disk, SQLITE_BUSY);
          if (n->shmShared[slot] > isMineShared) UNLOCKED(it->disk, SQLITE_BUSY);
        } else {
          n->shmExclusive[slot] = it;
          it->shmExclusiveMask |= bit;
        }
      }
    }
  }
  UNLOCKED(it->disk, SQLITE_OK);
}

static void shmBarrier(sqlite3_file *file) {
  handle *it = (handle *)file;
  __sync_synchronize();
  pthread_mutex_lock(&it->disk->mutex);
  pthread_mutex_unlock(&it->disk->mutex);
}

static int shmUnmap(sqlite3_file *file, int deletes) {
  (void)deletes;
  handle *it = (handle *)file;
  LOCKED(it->disk);
  if (it->usesShm) {
    it->usesShm = 0;
    if (--it->node->shmUsers == 0) freeShm(it->node);
  }
  UNLOCKED(it->disk, SQLITE_OK);
}

static const sqlite3_io_methods methods = {
    2,         fileClose,         fileRead,    fileWrite,  fileTruncate,    fileSync, fileSize,
    fileLock,  fileUnlock,        fileCheckReserved,       fileControl,     sectorSize,
    characteristics, shmMap,      shmLock,     shmBarrier, shmUnmap,        0,        0};

static int diskOpen(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *outFlags) {
  faulty_disk *disk = vfs->pAppData;
  handle *it = (handle *)file;
  memset(it, 0, sizeof *it);
  LOCKED(disk);
  disk->seen[FAULTY_OPEN]++;
  int fails = disk->failAt[FAULTY_OPEN] && disk->seen[FAULTY_OPEN] >= disk->failAt[FAULTY_OPEN]
              && disk->seen[FAULTY_OPEN] < disk->failAt[FAULTY_OPEN] + disk->failCount[FAULTY_OPEN];
  if (disk->hasNoPower || fails) UNLOCKED(disk, SQLITE_CANTOPEN);
  char temporary[64];
  if (!name) {
    static int64_t number = 0;
    sqlite3_snprintf(sizeof temporary, temporary, "temporary-%lld", ++number);
    name = temporary;
  }
  node *n = find(disk, name);
  if (!n || n->isDeleted) {
    if (!(flags & SQLITE_OPEN_CREATE)) UNLOCKED(disk, SQLITE_CANTOPEN);
    if (!n) {
      n = calloc(1, sizeof *n);
      n->name = strdup(name);
      n->lastChange = &n->changes;
      n->next = disk->nodes;
      disk->nodes = n;
    } else {
      // Made anew under the name of one that was deleted: the old content may still be what the power leaves.
      setCount(&n->now, 0);
      note(n, 0, 0, 0);
      n->isDeleted = 0;
    }
  }
  n->openHandles++;
  disk->users++;
  it->disk = disk;
  it->node = n;
  it->deletesOnClose = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  it->base.pMethods = &methods;
  if (outFlags) *outFlags = flags;
  UNLOCKED(disk, SQLITE_OK);
}

static int diskDelete(sqlite3_vfs *vfs, const char *name, int syncsFolder) {
  faulty_disk *disk = vfs->pAppData;
  LOCKED(disk);
  node *n = find(disk, name);
  if (!n || n->isDeleted) UNLOCKED(disk, SQLITE_IOERR_DELETE_NOENT);
  if (mustFail(disk, FAULTY_WRITE)) UNLOCKED(disk, SQLITE_IOERR_DELETE);
  n->isDeleted = 1;
  n->deletionIsDurable = syncsFolder;
  UNLOCKED(disk, SQLITE_OK);
}

static int diskAccess(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)flags;
  faulty_disk *disk = vfs->pAppData;
  LOCKED(disk);
  node *n = find(disk, name);
  *result = n && !n->isDeleted && (flags != SQLITE_ACCESS_EXISTS || n->now.count > 0);
  UNLOCKED(disk, disk->hasNoPower ? SQLITE_IOERR_ACCESS : SQLITE_OK);
}

static int diskFullPath(sqlite3_vfs *vfs, const char *name, int count, char *target) {
  (void)vfs;
  sqlite3_snprintf(count, target, "%s", name);
  return SQLITE_OK;
}

static int diskRandomness(sqlite3_vfs *vfs, int count, char *target) {
  sqlite3_vfs *system = ((faulty_disk *)vfs->pAppData)->system;
  return system->xRandomness(system, count, target);
}

static int diskSleep(sqlite3_vfs *vfs, int microseconds) {
  sqlite3_vfs *system = ((faulty_disk *)vfs->pAppData)->system;
  return system->xSleep(system, microseconds);
}

static int diskTime(sqlite3_vfs *vfs, double *time) {
  sqlite3_vfs *system = ((faulty_disk *)vfs->pAppData)->system;
  return system->xCurrentTime(system, time);
}

static int diskLastError(sqlite3_vfs *vfs, int count, char *target) {
  (void)vfs;
  if (count > 0) target[0] = 0;
  return 0;
}

faulty_disk *faulty_disk_create(const char *name) {
  faulty_disk *disk = calloc(1, sizeof *disk);
  disk->system = sqlite3_vfs_find(0);
  disk->users = 1;
  disk->name = strdup(name);
  pthread_mutex_init(&disk->mutex, 0);
  pthread_cond_init(&disk->wakes, 0);
  disk->vfs = (sqlite3_vfs){
      .iVersion = 1,
      .szOsFile = sizeof(handle),
      .mxPathname = 1024,
      .zName = disk->name,
      .pAppData = disk,
      .xOpen = diskOpen,
      .xDelete = diskDelete,
      .xAccess = diskAccess,
      .xFullPathname = diskFullPath,
      .xRandomness = diskRandomness,
      .xSleep = diskSleep,
      .xCurrentTime = diskTime,
      .xGetLastError = diskLastError,
  };
  sqlite3_vfs_register(&disk->vfs, 0);
  return disk;
}

static void freeNode(node *it) {
  dropChanges(it);
  freeShm(it);
  free(it->now.bytes);
  free(it->durable.bytes);
  free(it->name);
  free(it);
}

void faulty_disk_destroy(faulty_disk *disk) {
  sqlite3_vfs_unregister(&disk->vfs);
  leave(disk);
}

int64_t faulty_disk_operations(faulty_disk *disk) {
  LOCKED(disk);
  int64_t operations = disk->operations;
  pthread_mutex_unlock(&disk->mutex);
  return operations;
}

void faulty_disk_cut_power_after(faulty_disk *disk, int64_t operations) {
  LOCKED(disk);
  disk->powerCutAt = disk->operations + operations;
  pthread_mutex_unlock(&disk->mutex);
}

void faulty_disk_fail(faulty_disk *disk, int kind, int64_t n, int64_t count) {
  LOCKED(disk);
  disk->failAt[kind] = n ? disk->seen[kind] + n : 0;
  disk->failCount[kind] = count;
  pthread_mutex_unlock(&disk->mutex);
}

void faulty_disk_set_capacity(faulty_disk *disk, int64_t bytes) {
  LOCKED(disk);
  disk->capacity = bytes;
  pthread_mutex_unlock(&disk->mutex);
}

void faulty_disk_fall_silent(faulty_disk *disk, int isSilent) {
  LOCKED(disk);
  disk->isSilent = isSilent;
  pthread_cond_broadcast(&disk->wakes);
  pthread_mutex_unlock(&disk->mutex);
}

int64_t faulty_disk_size(faulty_disk *disk) {
  LOCKED(disk);
  int64_t size = total(disk);
  pthread_mutex_unlock(&disk->mutex);
  return size;
}

/// SplitMix64.
static uint64_t draw(uint64_t *state) {
  uint64_t mixed = (*state += 0x9E3779B97F4A7C15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

/// What of a change reaches the disk: all of it, nothing, or any of its sectors.
static void survive(content *durable, const change *c, uint64_t *random) {
  uint64_t fate = draw(random) % 4;
  if (fate == 0) return;
  if (!c->data) {
    setCount(durable, c->count);
  } else if (fate == 1) {
    for (int64_t at = 0; at < c->count;) {
      int64_t end = at + SECTOR - (c->offset + at) % SECTOR;
      if (end > c->count) end = c->count;
      if (draw(random) & 1) put(durable, c->data + at, end - at, c->offset + at);
      at = end;
    }
  } else {
    put(durable, c->data, c->count, c->offset);
  }
}

void faulty_disk_restart(faulty_disk *disk, uint64_t seed) {
  LOCKED(disk);
  for (node **at = &disk->nodes; *at;) {
    node *it = *at;
    int isGone = (it->isDeleted && (it->deletionIsDurable || draw(&seed) & 1))
                 || (!it->existsDurably && draw(&seed) % 4 == 0);
    if (isGone) {
      *at = it->next;
      freeNode(it);
      continue;
    }
    for (change *c = it->changes; c; c = c->next) survive(&it->durable, c, &seed);
    dropChanges(it);
    freeShm(it);
    setCount(&it->now, 0);
    if (it->durable.count) put(&it->now, it->durable.bytes, it->durable.count, 0);
    it->existsDurably = 1;
    it->isDeleted = it->deletionIsDurable = 0;
    it->sharedLocks = it->shmUsers = 0;
    it->reservedBy = it->exclusiveBy = 0;
    at = &it->next;
  }
  disk->hasNoPower = 0;
  disk->powerCutAt = 0;
  memset(disk->failAt, 0, sizeof disk->failAt);
  pthread_mutex_unlock(&disk->mutex);
}
