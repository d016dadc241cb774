// TLS. Most of OpenSSL's calls here are macros or take callbacks; each function has types that Swift can see.
// On failure the reason is in OpenSSL's error queue.
#pragma once
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>

/// RFC 7301: http/1.1 where the client offers it, and no connection where it offers other protocols only.
static inline int openssl_choose_http(SSL *_Nonnull session, const unsigned char *_Nullable *_Nonnull chosen,
                                      unsigned char *_Nonnull length, const unsigned char *_Nullable offered,
                                      unsigned int count, void *_Nullable unused) {
  static const unsigned char name[] = "http/1.1";
  (void)session;
  (void)unused;
  for (unsigned int at = 0; at < count; at += 1 + offered[at]) {
    if (offered[at] != sizeof name - 1 || at + sizeof name > count) continue;
    if (memcmp(offered + at + 1, name, sizeof name - 1) != 0) continue;
    *chosen = name;
    *length = sizeof name - 1;
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// What every server's context has, whatever its options: no renegotiation, no compression, no memory of sessions (their
/// tickets hold all there is to know), buffers given back while a connection is idle.
static inline void openssl_harden_server(SSL_CTX *_Nonnull context) {
  // HTTP, chunks and frames tell a whole message from a broken one, so an end without a farewell is an end like another.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_security_level(context, 2);
  // One call of the system for several records.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_alpn_select_cb(context, openssl_choose_http, NULL);
}

/// What every client's context has: the server's certificate is checked, and the handshake fails where it does not hold.
static inline void openssl_harden_client(SSL_CTX *_Nonnull context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
}

/// Has the server's certificate checked for this name or address, and names it to the server (RFC 6066) where it is a name.
static inline int openssl_expect_host(SSL *_Nonnull session, const char *_Nonnull host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1) return 1;
  ERR_clear_error();
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(session, host) == 1 && SSL_set_tlsext_host_name(session, host) == 1;
}

static inline long openssl_note_read(BIO *_Nonnull socket, int operation, const char *_Nullable bytes, size_t room,
                                     int unused, long also_unused, int result, size_t *_Nullable count) {
  (void)bytes, (void)unused, (void)also_unused;
  if (operation == (BIO_CB_READ | BIO_CB_RETURN))
    *(uint8_t *)BIO_get_callback_arg(socket) = result <= 0 || count == NULL || *count < room;
  return result;
}

/// Has it noted in `is_drained`, which has to outlive the session, whether the last read of the socket got less than it
/// had room for: then nothing is left there (epoll(7)).
static inline void openssl_note_reads(SSL *_Nonnull session, uint8_t *_Nonnull is_drained) {
  BIO *socket = SSL_get_rbio(session);
  BIO_set_callback_arg(socket, (char *)is_drained);
  BIO_set_callback_ex(socket, openssl_note_read);
}

static inline int openssl_set_minimum_version(SSL_CTX *_Nonnull context, int version) {
  return SSL_CTX_set_min_proto_version(context, version) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1;
}

static inline int openssl_set_groups(SSL_CTX *_Nonnull context, const char *_Nonnull names) {
  return SSL_CTX_set1_groups_list(context, names) == 1;
}

/// The name of the first cipher of the context that has no forward secrecy or no authenticated encryption; null for none.
static inline const char *_Nullable openssl_weak_cipher(const SSL_CTX *_Nonnull context) {
  STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(context);
  for (int index = 0; index < sk_SSL_CIPHER_num(ciphers); index++) {
    const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, index);
    int exchange = SSL_CIPHER_get_kx_nid(cipher);
    int isEphemeral = exchange == NID_kx_ecdhe || exchange == NID_kx_any;
    int isAuthenticated = SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null;
    if (!SSL_CIPHER_is_aead(cipher) || !isEphemeral || !isAuthenticated) return SSL_CIPHER_get_name(cipher);
  }
  return NULL;
}

/// Takes the certificate, its chain and its key over from another context.
static inline int openssl_copy_identity(SSL_CTX *_Nonnull target, SSL_CTX *_Nonnull source) {
  STACK_OF(X509) *chain = NULL;
  SSL_CTX_get0_chain_certs(source, &chain);
  return SSL_CTX_use_cert_and_key(target, SSL_CTX_get0_certificate(source), SSL_CTX_get0_privatekey(source), chain,
                                  1) == 1;
}

/// Asks clients for a certificate by one of the authorities in the file.
static inline int openssl_ask_for_certificate(SSL_CTX *_Nonnull context, const char *_Nonnull authorities,
                                              int isRequired) {
  STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(authorities);
  if (names == NULL || SSL_CTX_load_verify_file(context, authorities) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return 0;
  }
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
  SSL_CTX_set_verify_depth(context, 4);
  return 1;
}

/// A key under a passphrase is refused; OpenSSL would ask at the terminal otherwise.
static inline int openssl_no_passphrase(char *_Nonnull text, int capacity, int writing, void *_Nullable unused) {
  (void)text;
  (void)capacity;
  (void)writing;
  (void)unused;
  return -1;
}

static inline void openssl_ask_nobody(SSL_CTX *_Nonnull context) {
  SSL_CTX_set_default_passwd_cb(context, openssl_no_passphrase);
}

/// Whether now lies before the certificate's end.
static inline int openssl_is_current(const X509 *_Nonnull certificate) {
  return X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

/// The subject as RFC 4514 writes it, in UTF-8, into `sink`.
static inline int openssl_write_subject(BIO *_Nonnull sink, const X509 *_Nonnull certificate) {
  unsigned long form = (XN_FLAG_RFC2253 | ASN1_STRFLGS_UTF8_CONVERT) & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
  return X509_NAME_print_ex(sink, X509_get_subject_name(certificate), 0, form) >= 0;
}

static inline GENERAL_NAMES *_Nullable openssl_alternative_names(const X509 *_Nonnull certificate) {
  return X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int openssl_name_count(const GENERAL_NAMES *_Nonnull names) { return sk_GENERAL_NAME_num(names); }

/// The kind (`GEN_DNS`, `GEN_URI`, …) and the bytes of one of the names; -1 for kinds without bytes.
static inline int openssl_name_at(const GENERAL_NAMES *_Nonnull names, int index,
                                  const uint8_t *_Nullable *_Nonnull bytes, int *_Nonnull count) {
  const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  if (name->type != GEN_DNS && name->type != GEN_EMAIL && name->type != GEN_URI && name->type != GEN_IPADD) return -1;
  *bytes = ASN1_STRING_get0_data(name->d.ia5);
  *count = ASN1_STRING_length(name->d.ia5);
  return name->type;
}

/// What the innermost entry of the error queue says, into `text`; the queue is empty afterwards.
static inline void openssl_take_error(char *_Nonnull text, size_t capacity) {
  unsigned long code = ERR_get_error();
  const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
  strncpy(text, reason == NULL ? "no reason given" : reason, capacity - 1);
  text[capacity - 1] = 0;
  ERR_clear_error();
}
