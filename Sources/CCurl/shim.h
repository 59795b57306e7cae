#pragma once

#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift cannot call. Each shim below fixes
// the type of the last argument, so that the compiler checks what libcurl cannot.

// For switches and numbers; `long` is what libcurl reads from the argument list.
static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

// For byte counts, which libcurl reads as 64 bits on every platform.
static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// For strings, which libcurl copies; NULL restores the default or, for CURLOPT_CAPATH, clears it.
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// For lists, which libcurl borrows until the handle is freed.
static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

// For the error buffer and the context of callbacks; borrowed.
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which share one signature.
static inline CURLcode ccurl_set_receiver(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

// For CURLOPT_READFUNCTION.
static inline CURLcode ccurl_set_sender(CURL *easy, curl_read_callback value) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, value);
}

// For CURLOPT_SOCKOPTFUNCTION.
static inline CURLcode ccurl_set_socket_tuner(CURL *easy, curl_sockopt_callback value) {
    return curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, value);
}

// For PEM data in memory; CURL_BLOB_COPY copies it, so the caller's array may be freed.
static inline CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}

// CURLOPT_CAINFO_BLOB came with 7.77, later than the oldest libcurl we compile against.
static inline CURLcode ccurl_set_authority(CURL *easy, const void *bytes, size_t count) {
#if LIBCURL_VERSION_NUM >= 0x074d00
    return ccurl_set_blob(easy, CURLOPT_CAINFO_BLOB, bytes, count);
#else
    (void)easy, (void)bytes, (void)count;
    return CURLE_NOT_BUILT_IN;
#endif
}

// CURLOPT_PROXY_CAINFO_BLOB came with 7.77 too.
static inline CURLcode ccurl_set_proxy_authority(CURL *easy, const void *bytes, size_t count) {
#if LIBCURL_VERSION_NUM >= 0x074d00
    return ccurl_set_blob(easy, CURLOPT_PROXY_CAINFO_BLOB, bytes, count);
#else
    (void)easy, (void)bytes, (void)count;
    return CURLE_NOT_BUILT_IN;
#endif
}

// CURLOPT_PROTOCOLS is deprecated since 7.85, which introduced its successor.
static inline CURLcode ccurl_allow_http_only(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// CURLE_SSL_CLIENTCERT came with 7.77.
static const CURLcode ccurl_client_certificate_missing = (CURLcode)98;

// CURLOPT_QUICK_EXIT came with 7.87; without it, ending a transfer waits for its name lookup.
static inline CURLcode ccurl_leave_lookups_behind(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
    return CURLE_OK;
#endif
}

// CURLVERSION_NOW is a macro for an enumerator, which Swift does not import.
static inline const curl_version_info_data *ccurl_version(void) {
    return curl_version_info(CURLVERSION_NOW);
}

// For numbers such as CURLINFO_OS_ERRNO.
static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

// For times in microseconds such as CURLINFO_PRETRANSFER_TIME_T.
static inline CURLcode ccurl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

// For CURLINFO_PRIVATE, which libcurl declares as a string although it may be any pointer.
static inline CURLcode ccurl_get_private(CURL *easy, void **value) {
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)value);
}

// For the limits of a multi handle, all of them numbers.
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// The result of a finished message: a member of an anonymous union, valid for CURLMSG_DONE only.
static inline CURLcode ccurl_message_result(const CURLMsg *message) {
    return message->data.result;
}
