// A SQLite VFS over another one, for connections that write much: adjacent writes to a write-ahead log are gathered in
// memory and handed to the disk in large pieces, the latest before a sync, a read or any other look at the file.
//
// Each frame of a log is two writes (a header of 24 bytes, a page). Gathered, a commit of a hundred pages is a few system
// calls and a sync. Nothing is promised later than without: SQLite lets readers see frames of a connection with
// `synchronous=FULL` only after the sync, and the sync hands everything over first. For other settings of `synchronous` this
// VFS is not fit.
#pragma once
#include <sqlite3.h>

typedef struct witan_gathering witan_gathering;

/// Makes a VFS for one connection over the VFS of that name (the default one for null), registered under a name of its own
/// until `witan_gathering_hide`. Null where there is no such VFS.
witan_gathering *witan_gathering_create(const char *beneath);

const char *witan_gathering_name(const witan_gathering *disk);

/// Takes the VFS out of SQLite's list, if there is one: the connection that has it keeps it, new ones cannot get it.
void witan_gathering_hide(witan_gathering *disk);

/// To be called when the connection that has it is closed. Does nothing for null.
void witan_gathering_destroy(witan_gathering *disk);

/// Has the database file keep its length where SQLite would cut it to that of the database: room beyond its end makes the
/// next sync one of data alone, without the file system's journal. For a database that has a write-ahead log: to roll back
/// a journal of the older kind, SQLite must cut.
void witan_gathering_keep_length(witan_gathering *disk);

/// Has the database file synced after each so many bytes that are written to it, so that no sync ever has much to do and
/// those of others never wait for long behind it.
void witan_gathering_sync_every(witan_gathering *disk, int bytes);

/// Makes the database file at least `size` bytes long, with zeroes, and syncs it. A code of SQLite's.
int witan_gathering_sync_database(witan_gathering *disk, long long size);
