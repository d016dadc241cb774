// A disk in memory that behaves as badly as real ones do, as a SQLite VFS: it loses what was not synced when the power
// fails, tears what was half written, runs full, and fails the n-th write, sync or open.
#pragma once
#include <stdint.h>

typedef struct faulty_disk faulty_disk;

/// Makes an empty disk and registers it as a VFS under `name`.
faulty_disk *faulty_disk_create(const char *name);
/// Unregisters the disk, and frees it with the last of its files that is closed.
void faulty_disk_destroy(faulty_disk *disk);

/// Writes, truncations, deletions and syncs so far.
int64_t faulty_disk_operations(faulty_disk *disk);

/// The power fails at that operation from now on: it and all later ones fail, and change nothing.
void faulty_disk_cut_power_after(faulty_disk *disk, int64_t operations);
/// The power comes back. Of what was not synced each piece has survived, or not, or in part; the seed decides. All files
/// must be closed.
void faulty_disk_restart(faulty_disk *disk, uint64_t seed);

enum { FAULTY_WRITE = 0, FAULTY_SYNC = 1, FAULTY_OPEN = 2 };
/// The n-th operation of that kind from now on fails, and so do the following ones, `count` in all. What it should have
/// done is not done. n = 1 is the next.
void faulty_disk_fail(faulty_disk *disk, int kind, int64_t n, int64_t count);

/// While the disk is silent no sync returns.
void faulty_disk_fall_silent(faulty_disk *disk, int isSilent);

/// How many bytes all files together may have; 0 for no limit.
void faulty_disk_set_capacity(faulty_disk *disk, int64_t bytes);
int64_t faulty_disk_size(faulty_disk *disk);
