#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// What we need of the OpenSSL that libcurl is linked with, to take part in the judgement of a server's certificates.
// The references are weak: they are resolved by the library that libcurl has loaded (or that is linked statically with
// it), so its headers are not needed to build, there is no second library in the process, and with another TLS library
// they are NULL. All of them exist since OpenSSL 1.1.0.
#ifdef __ELF__
#define CCURL_WEAK __attribute__((weak))
CCURL_WEAK void SSL_CTX_set_cert_verify_callback(void *context, int (*verify)(void *, void *), void *data);
CCURL_WEAK void SSL_CTX_set_security_level(void *context, int level);
CCURL_WEAK uint64_t SSL_CTX_set_options(void *context, uint64_t options);
CCURL_WEAK void *SSL_CTX_get_cert_store(const void *context);
CCURL_WEAK long SSL_CTX_ctrl(void *context, int command, long number, void *data);
CCURL_WEAK void X509_STORE_set_check_issued(void *store, int (*check)(void *, void *, void *));
CCURL_WEAK int X509_verify_cert(void *verification);
CCURL_WEAK void *X509_STORE_CTX_get0_param(void *verification);
CCURL_WEAK void *X509_STORE_CTX_get0_cert(void *verification);
CCURL_WEAK void *X509_STORE_CTX_get0_untrusted(void *verification);
CCURL_WEAK void *X509_STORE_CTX_get0_chain(void *verification);
CCURL_WEAK int X509_STORE_CTX_get_num_untrusted(void *verification);
CCURL_WEAK int X509_STORE_CTX_get_error(void *verification);
CCURL_WEAK void X509_STORE_CTX_set_error(void *verification, int error);
CCURL_WEAK int X509_STORE_CTX_set_ex_data(void *verification, int index, void *data);
CCURL_WEAK void *X509_STORE_CTX_get_ex_data(void *verification, int index);
CCURL_WEAK int X509_VERIFY_PARAM_set_purpose(void *parameters, int purpose);
CCURL_WEAK int X509_VERIFY_PARAM_set_flags(void *parameters, unsigned long flags);
CCURL_WEAK void X509_VERIFY_PARAM_set_hostflags(void *parameters, unsigned int flags);
CCURL_WEAK void *X509_get0_pubkey(const void *certificate);
CCURL_WEAK int X509_verify(void *certificate, void *key);
CCURL_WEAK int i2d_X509(const void *certificate, unsigned char **bytes);
CCURL_WEAK int OPENSSL_sk_num(const void *stack);
CCURL_WEAK void *OPENSSL_sk_value(const void *stack, int index);
CCURL_WEAK void ERR_clear_error(void);

// Whether libcurl verifies with OpenSSL, and all of the above are there.
static inline bool ccurl_has_certificates(void) {
    const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return library && strncmp(library, "OpenSSL/", 8) == 0 && SSL_CTX_set_cert_verify_callback
        && SSL_CTX_set_security_level && SSL_CTX_set_options && SSL_CTX_get_cert_store && SSL_CTX_ctrl && X509_STORE_set_check_issued
        && X509_verify_cert && X509_STORE_CTX_get0_param && X509_STORE_CTX_get0_cert && X509_STORE_CTX_get0_untrusted
        && X509_STORE_CTX_get0_chain && X509_STORE_CTX_get_num_untrusted && X509_STORE_CTX_get_error
        && X509_STORE_CTX_set_error
        && X509_STORE_CTX_set_ex_data && X509_STORE_CTX_get_ex_data && X509_VERIFY_PARAM_set_purpose
        && X509_VERIFY_PARAM_set_flags && X509_VERIFY_PARAM_set_hostflags && X509_get0_pubkey && X509_verify && i2d_X509
        && OPENSSL_sk_num && OPENSSL_sk_value && ERR_clear_error;
}

// For CURLOPT_SSL_CTX_FUNCTION, which libcurl calls before each handshake.
static inline CURLcode ccurl_set_tls_tuner(CURL *easy, curl_ssl_ctx_callback tune, void *data) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, tune);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, data) : code;
}

// Lets `verify` judge the server, and `may_issue` choose issuers. `data` is needed during the first handshake only: later
// ones are refused, as by Go.
static inline void ccurl_judge_certificates(void *context, int (*verify)(void *, void *), void *data,
                                            int (*may_issue)(void *, void *, void *)) {
    SSL_CTX_set_cert_verify_callback(context, verify, data);
    X509_STORE_set_check_issued(SSL_CTX_get_cert_store(context), may_issue);
    SSL_CTX_set_options(context, (uint64_t)1 << 30); // SSL_OP_NO_RENEGOTIATION
    // RSA from 1,024 bits on, and no SHA-1.
    SSL_CTX_set_security_level(context, 1);
    // SSL_CTRL_SET_SIGALGS_LIST: what Go offers, as far as that level allows it.
    static const char algorithms[] = "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256:ed25519:rsa_pss_rsae_sha384:"
                                     "rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512:"
                                     "ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512";
    SSL_CTX_ctrl(context, 98, 0, (void *)algorithms);
}

// Verifies as OpenSSL does, except for what the caller judges: use (X509_PURPOSE_ANY), critical extensions
// (X509_V_FLAG_IGNORE_CRITICAL), the CommonName (X509_CHECK_FLAG_NEVER_CHECK_SUBJECT). `data` is for `may_issue`.
static inline bool ccurl_verify(void *verification, void *data) {
    void *parameters = X509_STORE_CTX_get0_param(verification);
    return X509_STORE_CTX_set_ex_data(verification, 0, data) == 1 && X509_VERIFY_PARAM_set_purpose(parameters, 7) == 1
        && X509_VERIFY_PARAM_set_flags(parameters, 0x10) == 1
        && (X509_VERIFY_PARAM_set_hostflags(parameters, 0x20), X509_verify_cert(verification) == 1);
}

static inline void *ccurl_data(void *verification) { return X509_STORE_CTX_get_ex_data(verification, 0); }

static inline int ccurl_verify_error(void *verification) { return X509_STORE_CTX_get_error(verification); }

// Refuses with X509_V_ERR_APPLICATION_VERIFICATION unless there is an error already.
static inline int ccurl_refuse(void *verification) {
    if (X509_STORE_CTX_get_error(verification) == 0) X509_STORE_CTX_set_error(verification, 50);
    return 0;
}

static inline void *ccurl_leaf(void *verification) { return X509_STORE_CTX_get0_cert(verification); }

// All that the server has sent, its own first.
static inline int ccurl_sent_count(void *verification) {
    int count = OPENSSL_sk_num(X509_STORE_CTX_get0_untrusted(verification));
    return count < 0 ? 0 : count;
}

static inline void *ccurl_sent_certificate(void *verification, int index) {
    return OPENSSL_sk_value(X509_STORE_CTX_get0_untrusted(verification), index);
}

// The certificates up to the first that is trusted.
static inline int ccurl_chain_count(void *verification) {
    int all = OPENSSL_sk_num(X509_STORE_CTX_get0_chain(verification));
    int untrusted = X509_STORE_CTX_get_num_untrusted(verification);
    return untrusted < all ? untrusted + 1 : all;
}

static inline void *ccurl_chain_certificate(void *verification, int index) {
    return OPENSSL_sk_value(X509_STORE_CTX_get0_chain(verification), index);
}

// Writes the certificate's DER to `space`, if given; returns its length.
static inline int ccurl_encode(const void *certificate, unsigned char *space) {
    return i2d_X509(certificate, space ? &space : NULL);
}

static inline bool ccurl_has_signed(const void *issuer, void *certificate) {
    bool has = X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return has;
}

#else

// Elsewhere a linker refuses what it cannot resolve: libcurl verifies alone, and none of these is called.
static inline bool ccurl_has_certificates(void) { return false; }
static inline CURLcode ccurl_set_tls_tuner(CURL *easy, curl_ssl_ctx_callback tune, void *data) {
    return (void)easy, (void)tune, (void)data, CURLE_NOT_BUILT_IN;
}
static inline void ccurl_judge_certificates(void *context, int (*verify)(void *, void *), void *data,
                                            int (*may_issue)(void *, void *, void *)) {
    (void)context, (void)verify, (void)data, (void)may_issue;
}
static inline bool ccurl_verify(void *verification, void *data) { return (void)verification, (void)data, false; }
static inline void *ccurl_data(void *verification) { return (void)verification, NULL; }
static inline int ccurl_verify_error(void *verification) { return (void)verification, 1; }
static inline int ccurl_refuse(void *verification) { return (void)verification, 0; }
static inline void *ccurl_leaf(void *verification) { return (void)verification, NULL; }
static inline int ccurl_sent_count(void *verification) { return (void)verification, 0; }
static inline void *ccurl_sent_certificate(void *verification, int index) {
    return (void)verification, (void)index, NULL;
}
static inline int ccurl_chain_count(void *verification) { return (void)verification, 0; }
static inline void *ccurl_chain_certificate(void *verification, int index) {
    return (void)verification, (void)index, NULL;
}
static inline int ccurl_encode(const void *certificate, unsigned char *space) {
    return (void)certificate, (void)space, 0;
}
static inline bool ccurl_has_signed(const void *issuer, void *certificate) {
    return (void)issuer, (void)certificate, false;
}

#endif
