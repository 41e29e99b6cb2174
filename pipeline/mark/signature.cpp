// SPDX-License-Identifier: MIT
#include "pipeline/mark/signature.h"

#include <array>
#include <memory>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/mark/openssl_handles.h"
#include "pipeline/mark/time_stamp.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

using Cms = std::unique_ptr<CMS_ContentInfo, OpensslDeleter<CMS_ContentInfo_free>>;

Bio opened(const fs::path& file, ErrorCode code) {
  ERR_clear_error();
  Bio bio(BIO_new_file(file.c_str(), "rb"));
  check(bio != nullptr && !fs::is_directory(file), code, file.string(), ": cannot be read");
  return bio;
}

// A key that wants a password must not ask for one at the terminal.
int no_password(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

struct Signer {
  Key key;
  Certificate certificate;
};

Signer read_signer(const fs::path& key, const fs::path& certificate) {
  const Bio key_file = opened(key, ErrorCode::Usage);
  const Bio certificate_file = opened(certificate, ErrorCode::Usage);
  Signer signer{Key(PEM_read_bio_PrivateKey(key_file.get(), nullptr, no_password, nullptr)), {}};
  check(signer.key != nullptr, ErrorCode::Usage, key.string(),
        ": no private key in PEM without a password: ", openssl_reason());
  signer.certificate.reset(
      PEM_read_bio_X509(certificate_file.get(), nullptr, no_password, nullptr));
  check(signer.certificate != nullptr, ErrorCode::Usage, certificate.string(),
        ": no certificate in PEM: ", openssl_reason());
  check(X509_check_private_key(signer.certificate.get(), signer.key.get()) == 1, ErrorCode::Usage,
        certificate.string(), ": is not the certificate of the key ", key.string());
  return signer;
}

std::string subject_of(X509& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr ||
      X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253) < 0)
    return {};
  return text_in(*bio);
}

/// Subject of the one who signed; empty if that is not said.
std::string signer_of(CMS_ContentInfo& cms) {
  STACK_OF(X509)* signers = CMS_get0_signers(&cms);
  std::string subject;
  if (signers != nullptr && sk_X509_num(signers) > 0)
    subject = subject_of(*sk_X509_value(signers, 0));
  sk_X509_free(signers);
  return subject;
}

/// COSE's name of the algorithm that a key signs by; empty: it has none.
std::string algorithm_of(const EVP_PKEY& key) {
  if (EVP_PKEY_is_a(&key, "RSA") == 1) return "ps256";
  if (EVP_PKEY_is_a(&key, "ED25519") == 1) return "ed25519";
  std::array<char, 32> curve{};
  if (EVP_PKEY_get_group_name(&key, curve.data(), curve.size(), nullptr) != 1) return {};
  const std::string name = curve.data();
  return name == "prime256v1"  ? "es256"
         : name == "secp384r1" ? "es384"
         : name == "secp521r1" ? "es512"
                               : "";
}

/// The signature in a CMS message; null: it has none.
CMS_SignerInfo* signature_in(CMS_ContentInfo& cms) {
  STACK_OF(CMS_SignerInfo)* all = CMS_get0_SignerInfos(&cms);
  return all == nullptr || sk_CMS_SignerInfo_num(all) == 0 ? nullptr
                                                           : sk_CMS_SignerInfo_value(all, 0);
}

/// What a time stamp is of.
std::span<const unsigned char> bytes_of(CMS_SignerInfo& signature) {
  const ASN1_OCTET_STRING* bytes = CMS_SignerInfo_get0_signature(&signature);
  return {ASN1_STRING_get0_data(bytes), static_cast<std::size_t>(ASN1_STRING_length(bytes))};
}

/// Adds a time stamp as an attribute that is not signed (RFC 3161, appendix A).
void add_time_stamp(CMS_ContentInfo& cms, const std::string& authority) {
  CMS_SignerInfo* const signature = signature_in(cms);
  check(signature != nullptr, "a CMS message without a signature");
  const std::vector<unsigned char> token = request_time_stamp(authority, bytes_of(*signature));
  check(CMS_unsigned_add1_attr_by_NID(signature, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE,
                                      token.data(), static_cast<int>(token.size())) == 1,
        authority, ": its time stamp cannot be added: ", openssl_reason());
}

/// The time stamp of a signature; nothing if it has none.
std::optional<TimeStamp> time_stamp_of(CMS_ContentInfo& cms, const TrustedCertificates& trusted) {
  CMS_SignerInfo* const signature = signature_in(cms);
  const int at = signature == nullptr
                     ? -1
                     : CMS_unsigned_get_attr_by_NID(signature, NID_id_smime_aa_timeStampToken, -1);
  if (at < 0) return std::nullopt;
  const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(CMS_unsigned_get_attr(signature, at), 0);
  if (value == nullptr || value->type != V_ASN1_SEQUENCE) return TimeStamp{.problem = "no token"};
  const ASN1_STRING* token = value->value.sequence;
  return check_time_stamp(
      {ASN1_STRING_get0_data(token), static_cast<std::size_t>(ASN1_STRING_length(token))},
      bytes_of(*signature), trusted);
}

/// Whether the signer's certificate leads to a trusted one. What was signed is not looked at.
bool is_of(CMS_ContentInfo& cms, const TrustedCertificates& trusted) {
  const Bio nothing(BIO_new(BIO_s_null()));
  constexpr unsigned kFlags = CMS_DETACHED | CMS_BINARY | CMS_NO_CONTENT_VERIFY;
  return CMS_verify(&cms, nullptr, trusted.store(), nothing.get(), nullptr, kFlags) == 1;
}

}  // namespace

fs::path signature_file(const fs::path& file) {
  fs::path name = file;
  return name += ".p7s";
}

void check_signer(const fs::path& key, const fs::path& certificate) {
  read_signer(key, certificate);
}

PemSigner pem_signer(const fs::path& key, const fs::path& certificate) {
  const Signer signer = read_signer(key, certificate);
  PemSigner text{.algorithm = algorithm_of(*signer.key)};
  const Bio key_text(BIO_new(BIO_s_mem())), chain_text(BIO_new(BIO_s_mem()));
  check(key_text != nullptr && chain_text != nullptr, "out of memory");
  check(PEM_write_bio_PKCS8PrivateKey(key_text.get(), signer.key.get(), nullptr, nullptr, 0,
                                      nullptr, nullptr) == 1,
        ErrorCode::Usage, key.string(), ": cannot be passed on: ", openssl_reason());
  const Bio file = opened(certificate, ErrorCode::Usage);
  while (const Certificate one{PEM_read_bio_X509(file.get(), nullptr, no_password, nullptr)})
    PEM_write_bio_X509(chain_text.get(), one.get());
  ERR_clear_error();  // the end of the file is one
  text.key = text_in(*key_text);
  text.certificates = text_in(*chain_text);
  return text;
}

void sign_file(const fs::path& file, const fs::path& key, const fs::path& certificate,
               const std::string& timestamp) {
  const Signer signer = read_signer(key, certificate);
  const Bio data = opened(file, ErrorCode::Input);
  constexpr unsigned kFlags = CMS_DETACHED | CMS_BINARY | CMS_STREAM;
  const Cms cms(CMS_sign(signer.certificate.get(), signer.key.get(), nullptr, nullptr, kFlags));
  check(cms != nullptr && CMS_final(cms.get(), data.get(), nullptr, kFlags) == 1, ErrorCode::Usage,
        file.string(), ": cannot be signed with ", key.string(), ": ", openssl_reason());
  if (!timestamp.empty()) add_time_stamp(*cms, timestamp);
  unsigned char* bytes = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &bytes);
  check(size > 0, file.string(), ": its signature cannot be encoded: ", openssl_reason());
  const std::vector<unsigned char> encoded(bytes, bytes + size);
  OPENSSL_free(bytes);
  write_bytes(signature_file(file), encoded);
}

Signature check_signature(const fs::path& file, const TrustedCertificates& trusted) {
  const fs::path beside = signature_file(file);
  if (!fs::exists(beside)) return {};
  const Bio data = opened(file, ErrorCode::Input);
  const Bio signature = opened(beside, ErrorCode::Input);
  const Cms cms(d2i_CMS_bio(signature.get(), nullptr));
  if (cms == nullptr)
    return {.state = SignatureState::Tampered, .problem = "no CMS signature: " + openssl_reason()};
  constexpr unsigned kFlags = CMS_DETACHED | CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
  const bool valid = CMS_verify(cms.get(), nullptr, nullptr, data.get(), nullptr, kFlags) == 1;
  Signature found{.state = valid ? SignatureState::Valid : SignatureState::Tampered};
  if (!valid) found.problem = openssl_reason();
  if (valid && !trusted.empty()) {
    found.trusted = is_of(*cms, trusted);
    if (!found.trusted)
      found.problem = "its signature fits, but is not of a trusted signer: " + openssl_reason();
  }
  found.signer = signer_of(*cms);
  const std::optional<TimeStamp> stamp = time_stamp_of(*cms, trusted);
  if (!stamp) return found;
  found.time = stamp->time;
  found.time_trusted = stamp->trusted;
  if (!valid || stamp->problem.empty()) return found;
  found.state = SignatureState::Tampered;
  found.problem = "its time stamp does not fit: " + stamp->problem;
  return found;
}

}  // namespace cameo
