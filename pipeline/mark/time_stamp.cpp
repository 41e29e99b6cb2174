// SPDX-License-Identifier: MIT
#include "pipeline/mark/time_stamp.h"

#include <array>
#include <ctime>
#include <memory>
#include <openssl/err.h>
#include <openssl/http.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ts.h>

#include "base/error.h"
#include "pipeline/mark/openssl_handles.h"

namespace cameo {
namespace {

constexpr int kMostSeconds = 30;  // of an answer

using Request = std::unique_ptr<TS_REQ, OpensslDeleter<TS_REQ_free>>;
using Response = std::unique_ptr<TS_RESP, OpensslDeleter<TS_RESP_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, OpensslDeleter<TS_MSG_IMPRINT_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, OpensslDeleter<X509_ALGOR_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, OpensslDeleter<ASN1_INTEGER_free>>;
using Check = std::unique_ptr<TS_VERIFY_CTX, OpensslDeleter<TS_VERIFY_CTX_free>>;
using Token = std::unique_ptr<PKCS7, OpensslDeleter<PKCS7_free>>;
using TokenInfo = std::unique_ptr<TS_TST_INFO, OpensslDeleter<TS_TST_INFO_free>>;

void free_text(char* text) {
  OPENSSL_free(text);
}
using Text = std::unique_ptr<char, OpensslDeleter<free_text>>;

/// What i2d_TYPE writes of an object, DER.
template <class T, class Encode>
std::vector<unsigned char> encoded(T* object, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  check(size > 0, "a time stamp cannot be encoded: ", openssl_reason());
  std::vector<unsigned char> copy(bytes, bytes + size);
  OPENSSL_free(bytes);
  return copy;
}

/// A request for a time stamp of a message, with the authority's certificate.
Request request_of(std::span<const unsigned char> message) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(message.data(), message.size(), digest.data());
  std::array<unsigned char, 8> random{};
  Request request(TS_REQ_new());
  const Imprint imprint(TS_MSG_IMPRINT_new());
  const Algorithm algorithm(X509_ALGOR_new());
  const Integer nonce(ASN1_INTEGER_new());
  const bool made =
      request != nullptr && imprint != nullptr && algorithm != nullptr && nonce != nullptr &&
      RAND_bytes(random.data(), static_cast<int>(random.size())) == 1 &&
      ASN1_STRING_set(nonce.get(), random.data(), static_cast<int>(random.size())) == 1 &&
      X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
      TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
      TS_MSG_IMPRINT_set_msg(imprint.get(), digest.data(), static_cast<int>(digest.size())) == 1 &&
      TS_REQ_set_version(request.get(), 1) == 1 &&
      TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
      TS_REQ_set_nonce(request.get(), nonce.get()) == 1 &&
      TS_REQ_set_cert_req(request.get(), 1) == 1;
  check(made, "a time stamp cannot be asked for: ", openssl_reason());
  return request;
}

/// Posts the request; the answer's body.
Bio post(const std::string& url, TS_REQ* request) {
  char *server = nullptr, *port = nullptr, *path = nullptr, *query = nullptr;
  int tls = 0;
  const bool parsed = OSSL_HTTP_parse_url(url.c_str(), &tls, nullptr, &server, &port, nullptr,
                                          &path, &query, nullptr) == 1;
  const Text own_server(server), own_port(port), own_path(path), own_query(query);
  check(parsed && tls == 0, ErrorCode::Input, url, ": no URL that begins with http://");
  std::string where = path;
  if (query != nullptr && *query != '\0') where += std::string("?") + query;
  const std::vector<unsigned char> bytes = encoded(request, i2d_TS_REQ);
  const Bio body(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  return Bio(OSSL_HTTP_transfer(nullptr, server, port, where.c_str(), 0, nullptr, nullptr, nullptr,
                                nullptr, nullptr, nullptr, 0, nullptr,
                                "application/timestamp-query", body.get(),
                                "application/timestamp-reply", 1, 0, kMostSeconds, 0));
}

/// A check of a token against a message, by flags of libcrypto; it frees what is in it.
bool fits(PKCS7* token, std::span<const unsigned char> message, unsigned flags,
          X509_STORE* trusted) {
  const Check all(TS_VERIFY_CTX_new());
  if (all == nullptr) return false;
  TS_VERIFY_CTX_set_flags(all.get(), static_cast<int>(flags));
  TS_VERIFY_CTX_set_data(all.get(),
                         BIO_new_mem_buf(message.data(), static_cast<int>(message.size())));
  if (trusted != nullptr) TS_VERIFY_CTX_set_store(all.get(), trusted);
  return TS_RESP_verify_token(all.get(), token) == 1;
}

/// Whether some certificate inside the token signed it, whoever that is.
bool is_signed(PKCS7* token) {
  const Bio nowhere(BIO_new(BIO_s_null()));
  return PKCS7_verify(token, nullptr, nullptr, nullptr, nowhere.get(), PKCS7_NOVERIFY) == 1;
}

bool is_trusted(PKCS7* token, std::span<const unsigned char> message,
                const TrustedCertificates& trusted) {
  // The check frees its reference to the store.
  if (trusted.empty() || X509_STORE_up_ref(trusted.store()) != 1) return false;
  return fits(token, message, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA, trusted.store());
}

}  // namespace

std::vector<unsigned char> request_time_stamp(const std::string& url,
                                              std::span<const unsigned char> message) {
  ERR_clear_error();
  const Request request = request_of(message);
  const Bio body = post(url, request.get());
  check(body != nullptr, ErrorCode::Input, url, ": gives no time stamp: ", openssl_reason());
  const Response response(d2i_TS_RESP_bio(body.get(), nullptr));
  const Check answers(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
  check(response != nullptr && answers != nullptr &&
            TS_RESP_verify_response(answers.get(), response.get()) == 1,
        ErrorCode::Input, url, ": gives no time stamp of what it was asked: ", openssl_reason());
  return encoded(TS_RESP_get_token(response.get()), i2d_PKCS7);
}

TimeStamp check_time_stamp(std::span<const unsigned char> token,
                           std::span<const unsigned char> message,
                           const TrustedCertificates& trusted) {
  ERR_clear_error();
  const unsigned char* at = token.data();
  const Token read(d2i_PKCS7(nullptr, &at, static_cast<long>(token.size())));  // NOLINT: its type
  const TokenInfo info(read == nullptr ? nullptr : PKCS7_to_TS_TST_INFO(read.get()));
  if (info == nullptr || !is_signed(read.get()) ||
      !fits(read.get(), message, TS_VFY_VERSION | TS_VFY_DATA, nullptr))
    return {.problem = openssl_reason()};
  std::tm utc{};
  if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info.get()), &utc) != 1)
    return {.problem = openssl_reason()};
  TimeStamp found{.seconds = ::timegm(&utc), .trusted = is_trusted(read.get(), message, trusted)};
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S+00:00", &utc);
  found.time = text.data();
  ERR_clear_error();  // that the authority is none to trust is no fault
  return found;
}

}  // namespace cameo
