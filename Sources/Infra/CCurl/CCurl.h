// libcurl, as Swift sees it. Its setters and getters are variadic, which Swift cannot call, and check nothing: here each
// kind of value has a typed inline function.
#pragma once
#include <curl/curl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static inline CURLcode witan_curl_set_number(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode witan_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

/// libcurl copies the text.
static inline CURLcode witan_curl_set_text(CURL *easy, CURLoption option, const char *text) {
  return curl_easy_setopt(easy, option, text);
}

/// What is handed to callbacks, or memory that libcurl writes to: it must outlive the handle's use.
static inline CURLcode witan_curl_set_pointer(CURL *easy, CURLoption option, void *pointer) {
  return curl_easy_setopt(easy, option, pointer);
}

/// The list must outlive the handle's use.
static inline CURLcode witan_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
  return curl_easy_setopt(easy, option, list);
}

/// libcurl copies the bytes.
static inline CURLcode witan_curl_set_body(CURL *easy, const void *bytes, curl_off_t count) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, count);
  return code ? code : curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

typedef size_t (*witan_curl_receiver)(char *bytes, size_t size, size_t count, void *context);
typedef curl_socket_t (*witan_curl_opener)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
typedef int (*witan_curl_closer)(void *context, curl_socket_t descriptor);

/// `option` is CURLOPT_WRITEFUNCTION or CURLOPT_HEADERFUNCTION.
static inline CURLcode witan_curl_set_receiver(CURL *easy, CURLoption option, witan_curl_receiver receiver) {
  return curl_easy_setopt(easy, option, receiver);
}

static inline CURLcode witan_curl_set_opener(CURL *easy, witan_curl_opener opener, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, opener);
  return code ? code : curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
}

static inline CURLcode witan_curl_set_closer(CURL *easy, witan_curl_closer closer, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, closer);
  return code ? code : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
}

static inline long witan_curl_number(CURL *easy, CURLINFO info) {
  long value = 0;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

static inline curl_off_t witan_curl_size(CURL *easy, CURLINFO info) {
  curl_off_t value = 0;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

/// Valid until the handle is used again; may be null.
static inline const char *witan_curl_text(CURL *easy, CURLINFO info) {
  char *value = NULL;
  return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : NULL;
}

static inline CURLMcode witan_curl_multi_set_number(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode witan_curl_multi_set_sockets(CURLM *multi, curl_socket_callback callback, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
  return code ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
}

static inline CURLMcode witan_curl_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
  return code ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

/// The next transfer that has ended, or null.
static inline CURL *witan_curl_next_ended(CURLM *multi, CURLcode *code) {
  int left = 0;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));)
    if (message->msg == CURLMSG_DONE) {
      *code = message->data.result;
      return message->easy_handle;
    }
  return NULL;
}

/// The folder of authorities that libcurl was built with; may be null.
static inline const char *witan_curl_authorities(void) {
  const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
  return version ? version->capath : NULL;
}

/// Copies the address, which is longer than the type of its member says. False when it is longer than any address.
static inline int witan_curl_copy_address(const struct curl_sockaddr *source, struct sockaddr_storage *target) {
  if (source->addrlen > sizeof *target) return 0;
  memset(target, 0, sizeof *target);
  memcpy(target, (const char *)source + offsetof(struct curl_sockaddr, addr), source->addrlen);
  return 1;
}
