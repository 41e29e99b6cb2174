// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "pipeline/mark/openssl_handles.h"

namespace cameo {

/// Certificates that make a signer, or an authority of time stamps, a trusted one: those that their
/// own lead to. They are read once. Several threads may use them at once.
class TrustedCertificates {
 public:
  /// None: nobody is trusted.
  TrustedCertificates() = default;

  /// file: certificates, and revocation lists, in PEM. Throws Error: ErrorCode::Input if it cannot
  /// be read, ErrorCode::Usage if it holds no certificate.
  explicit TrustedCertificates(const std::filesystem::path& file);

  bool empty() const { return store_ == nullptr; }
  /// The text of the file.
  const std::string& pem() const { return pem_; }
  /// The same to libcrypto, which counts references; null: none.
  X509_STORE* store() const { return store_.get(); }

 private:
  std::string pem_;
  std::shared_ptr<X509_STORE> store_;
};

}  // namespace cameo
