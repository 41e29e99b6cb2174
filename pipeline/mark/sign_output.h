// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/mark/c2pa.h"

namespace cameo {

/// How an output is signed.
struct OutputSigning {
  const C2pa* c2pa = nullptr;         ///< embeds manifests; null: none are
  std::filesystem::path key;          ///< PEM; empty: nothing is signed
  std::filesystem::path certificate;  ///< of the key, PEM
  std::string timestamp;              ///< URL of a time-stamp authority; empty: none
  bool detached = true;               ///< CMS signatures beside the files (sign_file) as well
};

/// Signs each file of a finished output that is declared synthetic: first with a manifest inside,
/// where the format takes one, then beside it, of the file with its manifest. A manifest tells the
/// input as its parent: the video or image, or the image of the same name in a folder of images; of
/// a video made of images none. Images that were copied from the input as they are keep the
/// manifest that they may have, and get none of this program. Returns what went wrong, a
/// line each: such a file stays as it was, or, if only the authority does not answer, is signed
/// without a time stamp; the others are signed.
std::vector<std::string> sign_output(const std::filesystem::path& output,
                                     const std::filesystem::path& input,
                                     const OutputSigning& signing);

}  // namespace cameo
