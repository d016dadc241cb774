// SHA-256 of short messages without EVP, whose bookkeeping costs a third of what hashing two blocks does. The functions are
// deprecated in OpenSSL 3 in favour of EVP, and are the same code beneath it.
#pragma once
#include <openssl/sha.h>
#include <string.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

/// The digest of one byte followed by `count` bytes.
static inline void witan_sha256_prefixed(
    unsigned char prefix, const void *bytes, size_t count, unsigned char *digest) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, &prefix, 1);
  SHA256_Update(&context, bytes, count);
  SHA256_Final(digest, &context);
}

/// The digest of one byte followed by two digests.
static inline void witan_sha256_pair(
    unsigned char prefix, const void *left, const void *right, unsigned char *digest) {
  unsigned char message[1 + 2 * SHA256_DIGEST_LENGTH];
  message[0] = prefix;
  memcpy(message + 1, left, SHA256_DIGEST_LENGTH);
  memcpy(message + 1 + SHA256_DIGEST_LENGTH, right, SHA256_DIGEST_LENGTH);
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, message, sizeof message);
  SHA256_Final(digest, &context);
}

#pragma clang diagnostic pop
