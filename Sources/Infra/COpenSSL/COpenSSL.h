// OpenSSL 3, as Swift sees it. Macros that Swift cannot import get a typed inline function here.
#pragma once
#include "Keys.h"
#include "SHA256.h"
#include "TLS.h"
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
