// SPDX-License-Identifier: MIT
#pragma once
// A self-made signer, for those who have no certificate of an authority.
#include <filesystem>

namespace cameo {

/// A signer of one's own in a folder.
struct OwnSigner {
  std::filesystem::path signer;       ///< key, certificate and the one that signed it; mode 0600
  std::filesystem::path certificate;  ///< the latter alone, for those who are to trust the signer
  bool made = false;                  ///< just now: there was none, or it had expired
};

/// The self-made signer of a folder, whose files serve as key and certificate. Makes folder and
/// signer where there is none that holds for another day: a key on P-256 with a certificate as
/// C2PA asks for it (digitalSignature, emailProtection), valid for ten years, from an authority of
/// its own, whose key is not kept. The names in it say nothing of person or machine. Throws Error
/// (ErrorCode::Input) if it cannot be written, or one that is there is damaged.
OwnSigner own_signer(const std::filesystem::path& folder);

}  // namespace cameo
