// hiredis' reply parser, as Swift sees it.
#pragma once
#include <hiredis/hiredis.h>
#include <hiredis/read.h>

/// Bytes that a reader holds of a reply that is not yet whole.
static inline size_t witan_redis_unread(const redisReader *_Nonnull reader) { return reader->len - reader->pos; }

static inline const char *_Nonnull witan_redis_reason(const redisReader *_Nonnull reader) { return reader->errstr; }

static inline const redisReply *_Nullable witan_redis_element(const redisReply *_Nonnull reply, size_t index) {
  return reply->element[index];
}
