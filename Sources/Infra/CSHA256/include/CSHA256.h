// SHA-256 (FIPS 180-4) of the nodes of a Merkle tree: one byte followed by two digests, on processors that have instructions
// for it. Two nodes are hashed side by side, because one alone leaves the processor waiting for half of the time.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instructions. Where it has not, nothing below may be called.
bool witan_sha256_has_instructions(void);

/// For each of `count` pairs of digests at `children`, the digest of `prefix` followed by both goes to `parents`, which may
/// begin where `children` does.
void witan_sha256_parents(uint8_t prefix, const uint8_t *children, uint8_t *parents, size_t count);
