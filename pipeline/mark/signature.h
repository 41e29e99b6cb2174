// SPDX-License-Identifier: MIT
#pragma once
// Detached CMS signatures (RFC 5652) beside files, as `openssl cms` makes and verifies them.
#include <filesystem>
#include <string>

#include "pipeline/mark/trusted_certificates.h"

namespace cameo {

/// Place of a file's signature: its name with .p7s behind it.
std::filesystem::path signature_file(const std::filesystem::path& file);

/// Signs the file's bytes with a key and its certificate (PEM) and writes signature_file(), DER
/// with the certificate inside. timestamp: URL of an authority whose time stamp of the signature
/// goes into it (request_time_stamp); empty: none. Throws Error: ErrorCode::Usage if key or
/// certificate cannot be used, or do not belong together, ErrorCode::Input if the file cannot be
/// read, the authority gives no time stamp or the signature cannot be written.
void sign_file(const std::filesystem::path& file, const std::filesystem::path& key,
               const std::filesystem::path& certificate, const std::string& timestamp = {});

/// Throws Error (ErrorCode::Usage) as sign_file does: for checks before any work.
void check_signer(const std::filesystem::path& key, const std::filesystem::path& certificate);

/// A private key and its certificates as text (PEM), for libraries that sign by themselves.
struct PemSigner {
  std::string algorithm;     ///< COSE's name: es256, es384, es512, ps256, ed25519; empty: none
  std::string key;           ///< PKCS #8
  std::string certificates;  ///< the signer's own first
};

/// Key and certificates of a signer; the file of the certificate may hold those that signed it
/// behind it. Throws Error (ErrorCode::Usage) as sign_file does.
PemSigner pem_signer(const std::filesystem::path& key, const std::filesystem::path& certificate);

/// What became of a file's signature.
enum class SignatureState {
  None,      ///< there is none beside it
  Valid,     ///< it is of these bytes
  Tampered,  ///< it is of other bytes, or damaged
};

/// A checked signature.
struct Signature {
  SignatureState state = SignatureState::None;
  std::string signer;    ///< subject of the certificate, as RFC 2253 writes it
  bool trusted = false;  ///< the certificate leads to a trusted one; else anyone may have signed
  std::string time;      ///< of an authority's time stamp, RFC 3339; empty: it has none
  bool time_trusted = false;  ///< that authority's certificate leads to a trusted one
  std::string problem;        ///< what is wrong, or why the signer is not trusted
};

/// Checks the signature beside a file, and its time stamp. trusted: what the signer's certificate
/// must lead to, and the authority's for its time to be trusted; empty: whoever signed is told, not
/// checked. Throws Error (ErrorCode::Input) if the file cannot be read.
Signature check_signature(const std::filesystem::path& file,
                          const TrustedCertificates& trusted = {});

}  // namespace cameo
