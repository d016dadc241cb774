#define _GNU_SOURCE
#include "CLinux.h"
#include <pthread.h>

_Thread_local uintptr_t witan_thread_loop = 0;
_Thread_local uint64_t witan_thread_wakeups = 0;
_Thread_local uint32_t witan_thread_gathering = 0;

int witan_accept4(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void witan_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
