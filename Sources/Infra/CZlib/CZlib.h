// zlib: what is sent to collectors and to clients that take it is compressed with it. `deflateInit2` is a macro, so its use
// stands here.
#pragma once
#include <zlib.h>

/// Begins a gzip member with a window of 2 to the power of `window` bytes; ended by `deflateEnd`.
static inline int witan_begin_gzip(z_stream *stream, int level, int window, int memory) {
  // 16 more bits of window ask for gzip's header and trailer.
  return deflateInit2(stream, level, Z_DEFLATED, window + 16, memory, Z_DEFAULT_STRATEGY);
}

/// Writes `input` to `output` as one gzip member (RFC 1952); the number of bytes written, or 0 if there was no room.
/// `output` needs `witan_gzip_bound(count)` bytes.
static inline unsigned long witan_gzip_at(
    const unsigned char *input, unsigned long count, unsigned char *output, unsigned long capacity, int level) {
  z_stream stream = {0};
  if (witan_begin_gzip(&stream, level, 15, 8) != Z_OK) return 0;
  stream.next_in = (unsigned char *)input;
  stream.avail_in = (unsigned int)count;
  stream.next_out = output;
  stream.avail_out = (unsigned int)capacity;
  int result = deflate(&stream, Z_FINISH);
  unsigned long written = stream.total_out;
  deflateEnd(&stream);
  return result == Z_STREAM_END ? written : 0;
}

/// The same at zlib's own default level.
static inline unsigned long witan_gzip(
    const unsigned char *input, unsigned long count, unsigned char *output, unsigned long capacity) {
  return witan_gzip_at(input, count, output, capacity, 6);
}

static inline unsigned long witan_gzip_bound(unsigned long count) { return compressBound(count) + 18; }
