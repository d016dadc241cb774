// zlib: what is sent to collectors is compressed with it. `deflateInit2` is a macro, so its use stands here.
#pragma once
#include <zlib.h>

/// Writes `input` to `output` as one gzip member (RFC 1952); the number of bytes written, or 0 if there was no room.
/// `output` needs `witan_gzip_bound(count)` bytes.
static inline unsigned long witan_gzip(
    const unsigned char *input, unsigned long count, unsigned char *output, unsigned long capacity) {
  z_stream stream = {0};
  // 15 bits of window, and 16 asks for gzip's header and trailer.
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  stream.next_in = (unsigned char *)input;
  stream.avail_in = (unsigned int)count;
  stream.next_out = output;
  stream.avail_out = (unsigned int)capacity;
  int result = deflate(&stream, Z_FINISH);
  unsigned long written = stream.total_out;
  deflateEnd(&stream);
  return result == Z_STREAM_END ? written : 0;
}

static inline unsigned long witan_gzip_bound(unsigned long count) { return compressBound(count) + 18; }
