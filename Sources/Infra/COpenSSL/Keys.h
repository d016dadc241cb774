// Building keys from their numbers and reading the numbers back. OpenSSL does this through parameter lists and variadic
// calls that Swift cannot write; each function here is one such list with types. On failure the reason is in OpenSSL's
// error queue.
#pragma once
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>

/// A run of bytes, not owned; `bytes` may be null when `count` is 0.
typedef struct {
  const uint8_t *_Nullable bytes;
  size_t count;
} ByteRun;

static inline EVP_PKEY *_Nullable openssl_key_from_parameters(const char *_Nonnull type, int selection,
                                                              OSSL_PARAM_BLD *_Nonnull builder) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  if (parameters != NULL && context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
      EVP_PKEY_fromdata(context, &key, selection, parameters) != 1) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  return key;
}

/// A key on the named curve from its uncompressed point and, if not empty, its private scalar.
static inline EVP_PKEY *_Nullable openssl_make_ec_key(const char *_Nonnull group, ByteRun point, ByteRun scalar) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *secret = scalar.count == 0 ? NULL : BN_secure_new();
  int selection = scalar.count == 0 ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.bytes, point.count) == 1 &&
      (scalar.count == 0 ||
       (secret != NULL && BN_bin2bn(scalar.bytes, (int)scalar.count, secret) != NULL &&
        OSSL_PARAM_BLD_push_BN_pad(builder, OSSL_PKEY_PARAM_PRIV_KEY, secret, scalar.count) == 1)))
    key = openssl_key_from_parameters("EC", selection, builder);
  BN_clear_free(secret);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

/// Writes the uncompressed point of scalar × generator; returns its length, or 0 where the scalar is not in 1 ..< order.
static inline size_t openssl_ec_point(const char *_Nonnull group_name, ByteRun scalar, uint8_t *_Nonnull target,
                                      size_t capacity) {
  size_t length = 0;
  EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(group_name));
  EC_POINT *point = group == NULL ? NULL : EC_POINT_new(group);
  BIGNUM *secret = BN_secure_new();
  if (point != NULL && secret != NULL && BN_bin2bn(scalar.bytes, (int)scalar.count, secret) != NULL) {
    BN_set_flags(secret, BN_FLG_CONSTTIME);
    if (!BN_is_zero(secret) && BN_cmp(secret, EC_GROUP_get0_order(group)) < 0 &&
        EC_POINT_mul(group, point, secret, NULL, NULL, NULL) == 1)
      length = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, target, capacity, NULL);
  }
  BN_clear_free(secret);
  EC_POINT_free(point);
  EC_GROUP_free(group);
  return length;
}

static inline EVP_PKEY *_Nullable openssl_generate_ec_key(const char *_Nonnull group) { return EVP_EC_gen(group); }

static inline EVP_PKEY *_Nullable openssl_generate_rsa_key(unsigned int bits) { return EVP_RSA_gen(bits); }

/// An RSA key from its numbers, in the order n, e, d, p, q, dp, dq, qi; `count` is 2, 3 or 8.
static inline EVP_PKEY *_Nullable openssl_make_rsa_key(const ByteRun *_Nonnull numbers, int count) {
  static const char *const names[] = {
      OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_D,
      OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
      OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
  EVP_PKEY *key = NULL;
  BIGNUM *values[8] = {0};
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  int good = builder != NULL && count >= 2 && count <= 8;
  for (int index = 0; good && index < count; index++) {
    // The builder lays secure numbers in secure memory and wipes them with the parameters.
    values[index] = index < 2 ? BN_new() : BN_secure_new();
    good = values[index] != NULL && BN_bin2bn(numbers[index].bytes, (int)numbers[index].count, values[index]) != NULL &&
           OSSL_PARAM_BLD_push_BN(builder, names[index], values[index]) == 1;
  }
  if (good) key = openssl_key_from_parameters("RSA", count == 2 ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR, builder);
  for (int index = 0; index < 8; index++) BN_clear_free(values[index]);
  OSSL_PARAM_BLD_free(builder);
  return key;
}

/// Writes one of a key's numbers big-endian, left-padded with zeros to `width` bytes (0: as short as it is), and returns
/// its length; -1 where the key has no such number or it does not fit.
static inline int openssl_key_number(const EVP_PKEY *_Nonnull key, const char *_Nonnull name, uint8_t *_Nonnull target,
                                     int capacity, int width) {
  int length = -1;
  BIGNUM *number = NULL;
  if (EVP_PKEY_get_bn_param(key, name, &number) == 1) {
    int wanted = width == 0 ? BN_num_bytes(number) : width;
    if (wanted <= capacity) length = BN_bn2binpad(number, target, wanted);
  }
  BN_clear_free(number);
  return length;
}

/// Whether the private half belongs to the public half.
static inline int openssl_key_is_consistent(EVP_PKEY *_Nonnull key) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
  int good = context != NULL && EVP_PKEY_pairwise_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  return good;
}

/// HKDF over SHA-256 (RFC 5869), both steps.
static inline int openssl_hkdf(ByteRun secret, ByteRun salt, ByteRun info, uint8_t *_Nonnull target, size_t count) {
  EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = algorithm == NULL ? NULL : EVP_KDF_CTX_new(algorithm);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret.bytes, secret.count),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt.bytes, salt.count),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info.bytes, info.count),
      OSSL_PARAM_construct_end()};
  int good = context != NULL && EVP_KDF_derive(context, target, count, parameters) == 1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(algorithm);
  return good;
}

/// Begins a MAC with the named digest under `key`.
static inline int openssl_begin_mac(EVP_MAC_CTX *_Nonnull context, ByteRun key, const char *_Nonnull digest) {
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
                             OSSL_PARAM_construct_end()};
  return EVP_MAC_init(context, key.bytes, key.count, parameters);
}

/// The algorithm identifier of PBES2 with scrypt and AES-256-CBC (RFC 7914, section 7).
static inline X509_ALGOR *_Nullable openssl_scrypt_encryption(ByteRun salt, uint64_t cost, uint64_t block_size,
                                                              uint64_t parallelism) {
  return PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt.bytes, (int)salt.count, NULL, cost, block_size, parallelism);
}
