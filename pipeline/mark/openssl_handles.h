// SPDX-License-Identifier: MIT
#pragma once
// Owners of libcrypto's objects.
#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>

namespace cameo {

/// Deleter of a std::unique_ptr that calls a function of libcrypto.
template <auto Free>
struct OpensslDeleter {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Bio = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, OpensslDeleter<X509_free>>;

/// libcrypto's words for what went wrong last; its queue is empty then.
std::string openssl_reason();

/// What was written into a memory BIO.
std::string text_in(BIO& bio);

}  // namespace cameo
