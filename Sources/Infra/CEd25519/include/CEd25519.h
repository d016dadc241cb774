// The two operations of Ed25519 that signing spends its time in (RFC 8032, section 5.1): a multiple of the base point, and
// arithmetic modulo the group's order. Both take the same steps and touch the same memory whatever the secrets are.
#pragma once
#include <stdint.h>

/// `point` becomes the encoding of scalar·B. The scalar is little-endian and below 2^255.
void witan_ed25519_multiply_base(uint8_t point[32], const uint8_t scalar[32]);

/// `reduced` becomes the 512-bit little-endian number modulo the order.
void witan_ed25519_reduce(uint8_t reduced[32], const uint8_t number[64]);

/// `result` becomes (a·b + c) modulo the order; a and c are reduced, b is below 2^255.
void witan_ed25519_multiply_add(uint8_t result[32], const uint8_t a[32], const uint8_t b[32], const uint8_t c[32]);
