// Linux system calls and constants that the Glibc module of Swift lacks.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>

/// accept4(2): accepts a connection that is already non-blocking and closed on exec.
int witan_accept4(int listener, struct sockaddr *address, socklen_t *length);

/// Room for one word that each thread has for itself. An event loop leaves its address here, so that any code can ask
/// at the price of one load whether it runs on that loop.
extern _Thread_local uintptr_t witan_thread_loop;
static inline uintptr_t witan_current_loop(void) { return witan_thread_loop; }
static inline void witan_set_current_loop(uintptr_t loop) { witan_thread_loop = loop; }

/// The group of loops for which the current thread gathers wakeups, 0 for none, and which of its loops (bit = index) it
/// has yet to wake.
extern _Thread_local uintptr_t witan_thread_gathering;
extern _Thread_local uint64_t witan_thread_wakeups;
static inline uint64_t witan_wakeups(void) { return witan_thread_wakeups; }
static inline void witan_set_wakeups(uint64_t loops) { witan_thread_wakeups = loops; }
static inline uintptr_t witan_gathering(void) { return witan_thread_gathering; }
static inline void witan_set_gathering(uintptr_t group) { witan_thread_gathering = group; }

/// A small number that is this thread's own for its whole life: 0 for the first thread that asked, then 1, 2, …
uint32_t witan_thread_number(void);

/// The next number of a fast generator of this thread's own (SplitMix64, seeded by getrandom(2)): for identifiers of
/// traces and spans, not for keys.
uint64_t witan_thread_random(void);

/// Fills memory with random bytes that nobody can guess: from getrandom(2), a kilobyte at a time into a reserve of this
/// thread's own, where each byte is used once and wiped as it is taken. 0, or -1 where the kernel gives none. The process
/// must not fork and go on: both halves would have the same reserve.
int witan_secure_random(void *target, size_t count);

/// Names the calling thread for ps(1) and debuggers; only the first 15 bytes count (pthread_setname_np(3)).
void witan_name_thread(const char *name);

/// Has the calling thread never take a core from another one by waking up: it runs at once where a core is idle, and else when
/// others have had their turn (sched_setscheduler(2), SCHED_BATCH).
void witan_wait_for_turns(void);

/// Asks the scheduler to run the calling thread in slices of so many nanoseconds: soon and briefly rather than late and
/// long (sched_setattr(2), sched_runtime of a normal thread; Linux 6.12). Older kernels refuse or ignore it; no harm.
void witan_ask_for_slices(uint64_t nanoseconds);

/// Bounds how many heaps malloc(3) lays out for threads, so that what one thread frees serves the next (mallopt(3),
/// M_ARENA_MAX). To be called before there are threads.
void witan_bound_heaps(int count);

/// Keeps this process's memory to itself: no core dump is written of it, and nobody of the same user can trace it or read
/// its memory (prctl(2), PR_SET_DUMPABLE; setrlimit(2), RLIMIT_CORE). 0, or -1 where either was refused.
int witan_keep_memory_private(void);

/// Whether that holds, as the kernel says.
int witan_memory_is_private(void);

/// Whether the system's clock is kept right by somebody (adjtimex(2)): 1 yes, 0 no, -1 where the kernel does not say.
int witan_clock_is_synchronised(void);
