// Linux system calls and constants that the Glibc module of Swift lacks.
#pragma once
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>

/// accept4(2): accepts a connection that is already non-blocking and closed on exec.
int witan_accept4(int listener, struct sockaddr *address, socklen_t *length);
