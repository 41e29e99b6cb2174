// SPDX-License-Identifier: MIT
#include "pipeline/mark/trusted_certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace cameo {
namespace {

void free_infos(STACK_OF(X509_INFO) * infos) {
  sk_X509_INFO_pop_free(infos, X509_INFO_free);
}
using Infos = std::unique_ptr<STACK_OF(X509_INFO), OpensslDeleter<free_infos>>;

// What wants a password must not ask for one at the terminal.
int no_password(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

}  // namespace

TrustedCertificates::TrustedCertificates(const std::filesystem::path& file) {
  const std::vector<unsigned char> bytes = read_bytes(file);
  pem_.assign(bytes.begin(), bytes.end());
  ERR_clear_error();
  const Bio text(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  const Infos infos(PEM_X509_INFO_read_bio(text.get(), nullptr, no_password, nullptr));
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), X509_STORE_free);
  int certificates = 0;
  for (int i = 0; store != nullptr && i < sk_X509_INFO_num(infos.get()); ++i) {
    const X509_INFO* info = sk_X509_INFO_value(infos.get(), i);
    if (info->x509 != nullptr) certificates += X509_STORE_add_cert(store.get(), info->x509);
    if (info->crl != nullptr) X509_STORE_add_crl(store.get(), info->crl);
  }
  check(certificates > 0, ErrorCode::Usage, file.string(),
        ": no certificates in PEM: ", openssl_reason());
  ERR_clear_error();
  store_ = std::move(store);
}

}  // namespace cameo
