#define _GNU_SOURCE
#include "CLinux.h"

#include <malloc.h>
#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <time.h>

_Thread_local uintptr_t witan_thread_loop = 0;
_Thread_local uint64_t witan_thread_wakeups = 0;
_Thread_local uintptr_t witan_thread_gathering = 0;

int witan_accept4(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

uint32_t witan_thread_number(void) {
  static _Atomic uint32_t next = 1;
  static _Thread_local uint32_t number = 0;
  if (number == 0) number = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
  return number - 1;
}

uint64_t witan_thread_random(void) {
  static _Thread_local uint64_t state = 0;
  if (state == 0 && getrandom(&state, sizeof state, 0) != (ssize_t)sizeof state) {
    // Without the kernel's randomness identifiers need only differ: the clock and the thread do that.
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    state = ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) + witan_thread_number();
  }
  uint64_t mixed = state += 0x9E3779B97F4A7C15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

static int fill_from_kernel(uint8_t *target, size_t count) {
  while (count > 0) {
    ssize_t taken = getrandom(target, count, 0);
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) return -1;
    target += taken;
    count -= (size_t)taken;
  }
  return 0;
}

int witan_secure_random(void *target, size_t count) {
  static _Thread_local uint8_t reserve[1024];
  static _Thread_local size_t left = 0;
  // Large requests gain nothing from the reserve.
  if (count > sizeof reserve / 4) return fill_from_kernel(target, count);
  if (left < count) {
    if (fill_from_kernel(reserve, sizeof reserve) != 0) return -1;
    left = sizeof reserve;
  }
  left -= count;
  memcpy(target, reserve + left, count);
  explicit_bzero(reserve + left, count);
  return 0;
}

void witan_name_thread(const char *name) {
  char cut[16] = {0};
  strncpy(cut, name, sizeof cut - 1);
  pthread_setname_np(pthread_self(), cut);
}

void witan_wait_for_turns(void) {
  struct sched_param none = {0};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

void witan_ask_for_slices(uint64_t nanoseconds) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {0};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 || attributes.policy != 0) return;
  attributes.size = sizeof attributes;
  attributes.runtime = nanoseconds;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void witan_bound_heaps(int count) {
  mallopt(M_ARENA_MAX, count);
  // Given back to the system is what is large, at once, and what gathers at the end of a heap, some megabytes at a time:
  // giving back less means asking for it again, page by page.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

int witan_keep_memory_private(void) {
  struct rlimit none = {0, 0};
  int limited = setrlimit(RLIMIT_CORE, &none);
  // A kernel that hands dumps to a program (core_pattern) heeds only this one.
  int hidden = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return limited == 0 && hidden == 0 ? 0 : -1;
}

int witan_memory_is_private(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

int witan_clock_is_synchronised(void) {
  struct timex state = {0};
  int clock = adjtimex(&state);
  if (clock < 0) return -1;
  return clock != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}
