#include "CSHA256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#define WITH_INSTRUCTIONS __attribute__((target("sha,sse4.1,ssse3")))
#define INLINED static inline __attribute__((always_inline)) WITH_INSTRUCTIONS

enum { digest_bytes = 32, pair_bytes = 2 * digest_bytes, lanes = 2, groups = 16 };

static const _Alignas(16) uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

bool witan_sha256_has_instructions(void) {
  unsigned int a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3)) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/// The eight words of a state as the instructions want them: a, b, e, f and c, d, g, h, the first in the highest place.
typedef struct { __m128i abef, cdgh; } state;

/// Takes one block for each lane: `words` are its sixteen words, four to a vector, and are used up.
INLINED void compress(state *states, __m128i words[lanes][4], int used) {
  state before[lanes];
  for (int lane = 0; lane < used; lane++) before[lane] = states[lane];
#pragma clang loop unroll(full)
  for (int group = 0; group < groups; group++) {
    __m128i constant = _mm_load_si128((const __m128i *)(constants + 4 * group));
    for (int lane = 0; lane < used; lane++) {
      __m128i *w = words[lane], *now = &w[group % 4], last = w[(group + 3) % 4];
      if (group >= 4) {
        __m128i sum = _mm_add_epi32(
            _mm_sha256msg1_epu32(*now, w[(group + 1) % 4]), _mm_alignr_epi8(last, w[(group + 2) % 4], 4));
        *now = _mm_sha256msg2_epu32(sum, last);
      }
      __m128i mixed = _mm_add_epi32(*now, constant);
      states[lane].cdgh = _mm_sha256rnds2_epu32(states[lane].cdgh, states[lane].abef, mixed);
      states[lane].abef =
          _mm_sha256rnds2_epu32(states[lane].abef, states[lane].cdgh, _mm_shuffle_epi32(mixed, 0x0e));
    }
  }
  for (int lane = 0; lane < used; lane++) {
    states[lane].abef = _mm_add_epi32(states[lane].abef, before[lane].abef);
    states[lane].cdgh = _mm_add_epi32(states[lane].cdgh, before[lane].cdgh);
  }
}

/// The parents of one or two pairs. The message of 65 bytes makes one whole block, and a second one that holds its last byte,
/// the bit that ends it, and its length.
INLINED void hash(uint8_t prefix, const uint8_t *children, uint8_t *parents, int used) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  state states[lanes];
  __m128i words[lanes][4];
  uint8_t last[lanes];
  for (int lane = 0; lane < used; lane++) {
    uint8_t block[64];
    block[0] = prefix;
    memcpy(block + 1, children + lane * pair_bytes, 63);
    last[lane] = children[lane * pair_bytes + 63];
    for (int k = 0; k < 4; k++)
      words[lane][k] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * k)), big_endian);
    states[lane].abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
    states[lane].cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
  }
  compress(states, words, used);
  for (int lane = 0; lane < used; lane++) {
    words[lane][0] = _mm_set_epi32(0, 0, 0, (int)((uint32_t)last[lane] << 24 | 0x00800000u));
    words[lane][1] = words[lane][2] = _mm_setzero_si128();
    words[lane][3] = _mm_set_epi32(65 * 8, 0, 0, 0);
  }
  compress(states, words, used);
  for (int lane = 0; lane < used; lane++) {
    __m128i ab_ef = _mm_shuffle_epi32(states[lane].abef, 0x1b), cd_gh = _mm_shuffle_epi32(states[lane].cdgh, 0x1b);
    __m128i *digest = (__m128i *)(parents + lane * digest_bytes);
    _mm_storeu_si128(digest, _mm_shuffle_epi8(_mm_unpacklo_epi64(ab_ef, cd_gh), big_endian));
    _mm_storeu_si128(digest + 1, _mm_shuffle_epi8(_mm_unpackhi_epi64(ab_ef, cd_gh), big_endian));
  }
}

WITH_INSTRUCTIONS void witan_sha256_parents(
    uint8_t prefix, const uint8_t *children, uint8_t *parents, size_t count) {
  while (count >= lanes) {
    hash(prefix, children, parents, lanes);
    children += lanes * pair_bytes;
    parents += lanes * digest_bytes;
    count -= lanes;
  }
  if (count > 0) hash(prefix, children, parents, 1);
}

#else

bool witan_sha256_has_instructions(void) { return false; }
void witan_sha256_parents(uint8_t prefix, const uint8_t *children, uint8_t *parents, size_t count) {
  (void)prefix, (void)children, (void)parents, (void)count;
  __builtin_trap();
}

#endif
