// SPDX-License-Identifier: MIT
#include "pipeline/mark/own_signer.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/mark/openssl_handles.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr long kDay = 24 * 60 * 60;  // NOLINT: libcrypto's type
constexpr long kDaysValid = 3652;    // NOLINT: the same
constexpr int kVersion3 = 2;         // as X.509 counts them

using Extension = std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>>;
using Extensions = std::initializer_list<std::pair<int, const char*>>;

/// libcrypto fails here for want of memory or random numbers only.
void require(bool ok) {
  check(ok, "a certificate cannot be made: ", openssl_reason());
}

void set_serial(X509& certificate) {
  // As RFC 5280 has it: positive, at most 20 bytes.
  std::array<unsigned char, 16> random{};
  require(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
  random[0] = static_cast<unsigned char>((random[0] & 0x3FU) | 0x40U);
  const std::unique_ptr<BIGNUM, OpensslDeleter<BN_free>> number(
      BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
  require(number != nullptr &&
          BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr);
}

/// A certificate of `subject` for `key`, not yet signed.
Certificate unsigned_certificate(const std::string& subject, EVP_PKEY& key) {
  Certificate made(X509_new());
  require(made != nullptr && X509_set_version(made.get(), kVersion3) == 1 &&
          X509_set_pubkey(made.get(), &key) == 1);
  set_serial(*made);
  // A clock that is slow does not make it one of the future.
  require(X509_gmtime_adj(X509_getm_notBefore(made.get()), -kDay) != nullptr &&
          X509_gmtime_adj(X509_getm_notAfter(made.get()), kDaysValid * kDay) != nullptr);
  X509_NAME* const name = X509_get_subject_name(made.get());
  for (const auto& [field, text] : {std::pair<const char*, std::string>{"O", "self-made"},
                                    std::pair<const char*, std::string>{"CN", subject}})
    require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                                       0) == 1);
  return made;
}

/// Adds the extensions and signs.
void sign(X509& certificate, X509& issuer, EVP_PKEY& issuer_key, const Extensions& extensions) {
  require(X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer)) == 1);
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  for (const auto& [nid, value] : extensions) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    require(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1);
  }
  require(X509_sign(&certificate, &issuer_key, EVP_sha256()) > 0);
}

std::string pem_of(X509& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr && PEM_write_bio_X509(bio.get(), &certificate) == 1);
  return text_in(*bio);
}

std::string pem_of(EVP_PKEY& key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0,
                                                          nullptr, nullptr) == 1);
  return text_in(*bio);
}

/// Writes a file that nobody but its owner may read, from its first byte on.
void write_private(const fs::path& file, const std::string& text) {
  const fs::path temporary = temporary_beside(file);
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  check(descriptor >= 0, ErrorCode::Input, file.string(),
        ": cannot be made: ", std::strerror(errno));
  const bool whole =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  if (!whole) ::unlink(temporary.c_str());
  check(whole, ErrorCode::Input, file.string(), ": cannot be written: ", std::strerror(error));
  rename_into_place(temporary, file);
}

/// The certificates of a file, none if it cannot be read.
std::vector<Certificate> certificates_of(const fs::path& file) {
  std::vector<Certificate> found;
  const Bio bio(BIO_new_file(file.c_str(), "rb"));
  while (bio != nullptr) {
    Certificate one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    found.push_back(std::move(one));
  }
  openssl_reason();  // empties the queue: that there is no file, or no more of it, is no fault
  return found;
}

/// Whether there is a signer whose certificates hold for another day. A damaged one is not made
/// anew: those who trust it would not trust the next.
bool holds(const fs::path& signer) {
  if (!fs::exists(signer)) return false;
  const std::vector<Certificate> chain = certificates_of(signer);
  const Bio bio(BIO_new_file(signer.c_str(), "rb"));
  const Key key(bio == nullptr ? nullptr
                               : PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  openssl_reason();
  check(key != nullptr && chain.size() == 2, ErrorCode::Input, signer.string(),
        ": is damaged, for it holds ", key == nullptr ? "no key" : "a key", " and ", chain.size(),
        " certificates of 2; put a copy in its place, or remove it for a new signer, which those "
        "who trust this one do not know");
  std::time_t tomorrow = std::time(nullptr) + kDay;
  return X509_cmp_time(X509_get0_notAfter(chain[0].get()), &tomorrow) > 0;
}

/// Key and certificates of a new signer.
std::string new_signer() {
  const Key authority_key(EVP_EC_gen("P-256")), key(EVP_EC_gen("P-256"));
  require(authority_key != nullptr && key != nullptr);
  const Certificate authority = unsigned_certificate("Cameo authority", *authority_key);
  sign(*authority, *authority, *authority_key,
       {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"},
        {NID_subject_key_identifier, "hash"}});
  const Certificate leaf = unsigned_certificate("Cameo signer", *key);
  sign(*leaf, *authority, *authority_key,
       {{NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "emailProtection"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid"}});
  return pem_of(*key) + pem_of(*leaf) + pem_of(*authority);
}

}  // namespace

OwnSigner own_signer(const fs::path& folder) {
  OwnSigner own{.signer = folder / "signer.pem", .certificate = folder / "certificate.pem"};
  if (!holds(own.signer)) {
    make_folder(folder);
    write_private(own.signer, new_signer());
    own.made = true;
  }
  // Of two programs that make one at once the last wins, with both files in the end.
  const std::string authority = pem_of(*certificates_of(own.signer).back());
  const std::vector<Certificate> beside = certificates_of(own.certificate);
  if (beside.size() != 1 || pem_of(*beside[0]) != authority) write_text(own.certificate, authority);
  return own;
}

}  // namespace cameo
