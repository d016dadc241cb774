// Field elements modulo p = 2^255 - 19 in five limbs of 51 bits; points in extended coordinates (Hisil, Wong, Carter, Dawson,
// "Twisted Edwards Curves Revisited", 2008); the base point's multiples in a table of 64 rows for the 64 signed hexadecimal
// digits of a scalar. No branch and no address depends on a secret.
#include "CEd25519.h"

#include <pthread.h>
#include <string.h>

typedef unsigned __int128 wide;
typedef struct { uint64_t limb[5]; } field;

#define LIMB_MASK 0x7ffffffffffffu

// The whole multiplication is compiled twice, and the loader takes the one that the processor is made for: with products that
// leave the flags alone (BMI2) and four words at a time (AVX2) it takes two thirds of the time. So all that it uses is inlined.
// A level of features, and no processor's name: by that name the loader knows Intel's only. Not under a sanitizer: the loader
// asks before that has set itself up, and its own calls in the asking fall into nothing.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
#define INLINED static inline __attribute__((always_inline))

// MARK: The field. Products take limbs below 2^54 and leave limbs below 2^52.

INLINED field sum(const field *a, const field *b) {
  field r;
  for (int i = 0; i < 5; i++) r.limb[i] = a->limb[i] + b->limb[i];
  return r;
}

/// a - b, where b's limbs are below 2^52 - 38: twice p is added, so that no limb falls below zero.
INLINED field difference(const field *a, const field *b) {
  field r;
  r.limb[0] = a->limb[0] + 0xfffffffffffdau - b->limb[0];
  for (int i = 1; i < 5; i++) r.limb[i] = a->limb[i] + 0xffffffffffffeu - b->limb[i];
  return r;
}

INLINED field carried(wide t0, wide t1, wide t2, wide t3, wide t4) {
  field r;
  t1 += (uint64_t)(t0 >> 51);
  t2 += (uint64_t)(t1 >> 51);
  t3 += (uint64_t)(t2 >> 51);
  t4 += (uint64_t)(t3 >> 51);
  wide low = (wide)((uint64_t)t0 & LIMB_MASK) + (wide)(uint64_t)(t4 >> 51) * 19;
  r.limb[0] = (uint64_t)low & LIMB_MASK;
  r.limb[1] = ((uint64_t)t1 & LIMB_MASK) + (uint64_t)(low >> 51);
  r.limb[2] = (uint64_t)t2 & LIMB_MASK;
  r.limb[3] = (uint64_t)t3 & LIMB_MASK;
  r.limb[4] = (uint64_t)t4 & LIMB_MASK;
  return r;
}

INLINED field product(const field *left, const field *right) {
  const uint64_t *a = left->limb, *b = right->limb;
  uint64_t b1 = b[1] * 19, b2 = b[2] * 19, b3 = b[3] * 19, b4 = b[4] * 19;
  return carried(
      (wide)a[0] * b[0] + (wide)a[1] * b4 + (wide)a[2] * b3 + (wide)a[3] * b2 + (wide)a[4] * b1,
      (wide)a[0] * b[1] + (wide)a[1] * b[0] + (wide)a[2] * b4 + (wide)a[3] * b3 + (wide)a[4] * b2,
      (wide)a[0] * b[2] + (wide)a[1] * b[1] + (wide)a[2] * b[0] + (wide)a[3] * b4 + (wide)a[4] * b3,
      (wide)a[0] * b[3] + (wide)a[1] * b[2] + (wide)a[2] * b[1] + (wide)a[3] * b[0] + (wide)a[4] * b4,
      (wide)a[0] * b[4] + (wide)a[1] * b[3] + (wide)a[2] * b[2] + (wide)a[3] * b[1] + (wide)a[4] * b[0]);
}

INLINED field square(const field *element) {
  const uint64_t *a = element->limb;
  uint64_t d0 = a[0] * 2, d1 = a[1] * 2, d2 = a[2] * 38, a4 = a[4] * 19, a3 = a[3] * 19;
  return carried(
      (wide)a[0] * a[0] + (wide)d1 * a4 + (wide)d2 * a[3],
      (wide)d0 * a[1] + (wide)d2 * a[4] + (wide)a[3] * a3,
      (wide)d0 * a[2] + (wide)a[1] * a[1] + (wide)(a[3] * 2) * a4,
      (wide)d0 * a[3] + (wide)d1 * a[2] + (wide)a[4] * a4,
      (wide)d0 * a[4] + (wide)d1 * a[3] + (wide)a[2] * a[2]);
}

INLINED field squared(const field *a, int times) {
  field r = square(a);
  while (--times > 0) r = square(&r);
  return r;
}

/// a^(p-2), the inverse of any a but zero.
INLINED field inverse(const field *a) {
  field z2 = square(a), t = squared(&z2, 2), z9 = product(&t, a), z11 = product(&z9, &z2);
  t = square(&z11);
  field z5 = product(&t, &z9);  // 2^5 - 1
  t = squared(&z5, 5);
  field z10 = product(&t, &z5);
  t = squared(&z10, 10);
  field z20 = product(&t, &z10);
  t = squared(&z20, 20);
  field z40 = product(&t, &z20);
  t = squared(&z40, 10);
  field z50 = product(&t, &z10);
  t = squared(&z50, 50);
  field z100 = product(&t, &z50);
  t = squared(&z100, 100);
  field z200 = product(&t, &z100);
  t = squared(&z200, 50);
  field z250 = product(&t, &z50);
  t = squared(&z250, 5);
  return product(&t, &z11);
}

/// The one representative between 0 and p - 1.
INLINED field canonical(const field *a) {
  field r = carried(a->limb[0], a->limb[1], a->limb[2], a->limb[3], a->limb[4]);
  r = carried(r.limb[0], r.limb[1], r.limb[2], r.limb[3], r.limb[4]);
  // Adding 19 carries out of the top exactly when r is at least p.
  uint64_t carry = 19;
  for (int i = 0; i < 5; i++) carry = (r.limb[i] + carry) >> 51;
  r.limb[0] += 19 * carry;
  carry = 0;
  for (int i = 0; i < 5; i++) {
    r.limb[i] += carry;
    carry = r.limb[i] >> 51;
    r.limb[i] &= LIMB_MASK;
  }
  return r;
}

static void encode(uint8_t bytes[32], const field *canonical) {
  const uint64_t *a = canonical->limb;
  uint64_t words[4] = {
      a[0] | a[1] << 51, a[1] >> 13 | a[2] << 38, a[2] >> 26 | a[3] << 25, a[3] >> 39 | a[4] << 12};
  for (int i = 0; i < 32; i++) bytes[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
}

// MARK: Points

typedef struct { field x, y, z, t; } point;
/// An affine point as additions want it: y + x, y - x, 2·d·x·y, all canonical.
typedef struct { field plus, minus, product; uint64_t padding; } addend;

static const field base_x = {{0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d, 0x1ff60527118fe, 0x216936d3cd6e5}};
static const field base_y = {{0x6666666666658, 0x4cccccccccccc, 0x1999999999999, 0x3333333333333, 0x6666666666666}};
static const field twice_d = {{0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};

INLINED point joined(const field *e, const field *f, const field *g, const field *h) {
  return (point){product(e, f), product(g, h), product(f, g), product(e, h)};
}

INLINED point added(const point *p, const addend *q) {
  field y_minus_x = difference(&p->y, &p->x), y_plus_x = sum(&p->y, &p->x);
  field a = product(&y_minus_x, &q->minus), b = product(&y_plus_x, &q->plus), c = product(&p->t, &q->product);
  field d = sum(&p->z, &p->z);
  field e = difference(&b, &a), f = difference(&d, &c), g = sum(&d, &c), h = sum(&b, &a);
  return joined(&e, &f, &g, &h);
}

static point doubled(const point *p) {
  field x_plus_y = sum(&p->x, &p->y);
  field a = square(&p->x), b = square(&p->y), zz = square(&p->z), c = sum(&zz, &zz), s = square(&x_plus_y);
  field h = sum(&a, &b), g = difference(&a, &b);
  // h's limbs may pass what a difference may take away: once around the field.
  field low = carried(h.limb[0], h.limb[1], h.limb[2], h.limb[3], h.limb[4]);
  field e = difference(&low, &s), f = sum(&c, &g);
  return joined(&e, &f, &g, &low);
}

static addend affine(const point *p) {
  field inverted = inverse(&p->z), x = product(&p->x, &inverted), y = product(&p->y, &inverted);
  field plus = sum(&y, &x), minus = difference(&y, &x), xy = product(&x, &y), both = product(&xy, &twice_d);
  return (addend){canonical(&plus), canonical(&minus), canonical(&both), 0};
}

// MARK: The table: row i holds 1…8 times 16^i·B. Made once, from the base point alone.

static _Alignas(64) addend table[64][8];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void make_table(void) {
  point start = {base_x, base_y, {{1}}, product(&base_x, &base_y)};
  for (int row = 0; row < 64; row++) {
    table[row][0] = affine(&start);
    point multiple = start;
    for (int i = 1; i < 8; i++) {
      multiple = added(&multiple, &table[row][0]);
      table[row][i] = affine(&multiple);
    }
    start = doubled(&multiple);
  }
}

/// digit·16^row·B for a digit from -8 to 8; every entry of the row is read.
INLINED addend selected(int row, int8_t digit) {
  uint64_t negative = (uint64_t)0 - (uint64_t)((uint8_t)digit >> 7);
  uint64_t magnitude = (uint64_t)(uint8_t)((digit ^ (int8_t)negative) - (int8_t)negative);
  // Word by word, with the neutral element where the digit is zero.
  uint64_t words[16] = {0};
  words[0] = words[5] = ((magnitude - 1) >> 63);
  for (uint64_t i = 0; i < 8; i++) {
    uint64_t mask = (uint64_t)0 - (((magnitude ^ (i + 1)) - 1) >> 63);
    const uint64_t *entry = (const uint64_t *)&table[row][i];
    for (int k = 0; k < 16; k++) words[k] |= mask & entry[k];
  }
  addend r;
  memcpy(&r, words, sizeof r);
  // The negative of a point has y + x and y - x exchanged, and the sign of x·y.
  field zero = {{0}}, opposite = difference(&zero, &r.product);
  for (int k = 0; k < 5; k++) {
    uint64_t exchange = negative & (r.plus.limb[k] ^ r.minus.limb[k]);
    r.plus.limb[k] ^= exchange;
    r.minus.limb[k] ^= exchange;
    r.product.limb[k] ^= negative & (r.product.limb[k] ^ opposite.limb[k]);
  }
  return r;
}

FOR_EACH_PROCESSOR void witan_ed25519_multiply_base(uint8_t encoded[32], const uint8_t scalar[32]) {
  pthread_once(&table_once, make_table);
  int8_t digits[64];
  int8_t carry = 0;
  for (int i = 0; i < 64; i++) {
    int8_t digit = (int8_t)((scalar[i / 2] >> (4 * (i % 2)) & 15) + carry);
    carry = (int8_t)((digit + 8) >> 4);
    // The last digit keeps its carry: below 2^255 it is at most 8.
    digits[i] = i < 63 ? (int8_t)(digit - (int8_t)(carry * 16)) : digit;
  }
  point p = {{{0}}, {{1}}, {{1}}, {{0}}};
  for (int row = 0; row < 64; row++) {
    addend q = selected(row, digits[row]);
    p = added(&p, &q);
  }
  field inverted = inverse(&p.z), x = product(&p.x, &inverted), y = product(&p.y, &inverted);
  x = canonical(&x);
  y = canonical(&y);
  encode(encoded, &y);
  encoded[31] ^= (uint8_t)((x.limb[0] & 1) << 7);
  explicit_bzero(digits, sizeof digits);
}

// MARK: Modulo the order L = 2^252 + 27742317777372353535851937790883648493

static const uint64_t order[5] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000, 0};
/// 2^512 / L, rounded down.
static const uint64_t reciprocal[5] = {
    0xed9ce5a30a2c131b, 0x2106215d086329a7, 0xffffffffffffffeb, 0xffffffffffffffff, 0xf};

/// Adds a·b to `sum`, modulo 2^(64·words).
static void accumulate(uint64_t *sum, int words, const uint64_t *a, int a_words, const uint64_t *b, int b_words) {
  for (int i = 0; i < a_words && i < words; i++) {
    wide carry = 0;
    for (int j = 0; i + j < words; j++) {
      carry += (wide)sum[i + j] + (j < b_words ? (wide)a[i] * b[j] : 0);
      sum[i + j] = (uint64_t)carry;
      carry >>= 64;
    }
  }
}

/// r - L where r is at least L, else r.
static void take_order_away(uint64_t r[5]) {
  uint64_t less[5], borrow = 0;
  for (int i = 0; i < 5; i++) {
    wide d = (wide)r[i] - order[i] - borrow;
    less[i] = (uint64_t)d;
    borrow = (uint64_t)(d >> 64) & 1;
  }
  uint64_t keep = (uint64_t)0 - borrow;
  for (int i = 0; i < 5; i++) r[i] = (r[i] & keep) | (less[i] & ~keep);
}

/// Barrett's reduction (Handbook of Applied Cryptography, algorithm 14.42, with words of 64 bits).
static void reduce_words(uint8_t reduced[32], const uint64_t number[8]) {
  uint64_t quotient[10] = {0}, multiple[5] = {0}, r[5];
  accumulate(quotient, 10, number + 3, 5, reciprocal, 5);
  accumulate(multiple, 5, quotient + 5, 5, order, 5);
  uint64_t borrow = 0;
  for (int i = 0; i < 5; i++) {
    wide d = (wide)number[i] - multiple[i] - borrow;
    r[i] = (uint64_t)d;
    borrow = (uint64_t)(d >> 64) & 1;
  }
  take_order_away(r);
  take_order_away(r);
  for (int i = 0; i < 32; i++) reduced[i] = (uint8_t)(r[i / 8] >> (8 * (i % 8)));
}

static void load(uint64_t *words, int count, const uint8_t *bytes) {
  for (int i = 0; i < count; i++) {
    words[i] = 0;
    for (int k = 7; k >= 0; k--) words[i] = words[i] << 8 | bytes[8 * i + k];
  }
}

void witan_ed25519_reduce(uint8_t reduced[32], const uint8_t number[64]) {
  uint64_t words[8];
  load(words, 8, number);
  reduce_words(reduced, words);
  explicit_bzero(words, sizeof words);
}

void witan_ed25519_multiply_add(uint8_t result[32], const uint8_t a[32], const uint8_t b[32], const uint8_t c[32]) {
  uint64_t left[4], right[4], number[8] = {0};
  load(left, 4, a);
  load(right, 4, b);
  load(number, 4, c);
  accumulate(number, 8, left, 4, right, 4);
  reduce_words(result, number);
  explicit_bzero(left, sizeof left);
  explicit_bzero(right, sizeof right);
  explicit_bzero(number, sizeof number);
}
