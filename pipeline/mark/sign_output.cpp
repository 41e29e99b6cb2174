// SPDX-License-Identifier: MIT
#include "pipeline/mark/sign_output.h"

#include "base/error.h"
#include "base/files.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/media/image_format.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// What of the input a file of the output was made from; empty: nothing that has a file.
fs::path parent_of(const fs::path& file, const fs::path& output, const fs::path& input) {
  if (!fs::is_directory(input)) return input;
  if (!fs::is_directory(output)) return {};
  // Images of formats that are not written have another suffix behind their name.
  for (const fs::path& name : {file.filename(), file.stem()})
    if (fs::is_regular_file(input / name)) return input / name;
  return {};
}

bool same_bytes(const fs::path& a, const fs::path& b) {
  return fs::file_size(a) == fs::file_size(b) && read_bytes(a) == read_bytes(b);
}

/// Puts the manifest in; returns what went wrong.
std::string embed(const fs::path& file, const C2paClaim& claim, const PemSigner& signer,
                  const OutputSigning& signing) {
  try {
    signing.c2pa->embed(file, claim, signer, signing.timestamp);
    return {};
  } catch (const Error& e) {
    if (signing.timestamp.empty()) return e.what();
    const std::string why = e.what();
    try {
      signing.c2pa->embed(file, claim, signer);
      return file.string() + ": its C2PA manifest has no time stamp: " + why;
    } catch (const Error& again) {
      return again.what();
    }
  }
}

/// Signs beside the file; returns what went wrong.
std::string sign_beside(const fs::path& file, const OutputSigning& signing) {
  std::string problem;
  if (!signing.timestamp.empty()) try {
      sign_file(file, signing.key, signing.certificate, signing.timestamp);
      return {};
    } catch (const Error& e) {
      problem = signature_file(file).string() + ": has no time stamp: " + e.what();
    }
  try {
    sign_file(file, signing.key, signing.certificate);
  } catch (const Error& e) {
    return e.what();
  }
  return problem;
}

}  // namespace

std::vector<std::string> sign_output(const fs::path& output, const fs::path& input,
                                     const OutputSigning& signing) {
  if (signing.key.empty()) return {};
  const bool folder = fs::is_directory(output);
  PemSigner signer;
  if (signing.c2pa != nullptr) signer = pem_signer(signing.key, signing.certificate);
  std::vector<std::string> problems;
  const auto note = [&](const std::string& problem) {
    if (!problem.empty()) problems.push_back(problem);
  };
  for (const fs::path& file : images_of(output)) {
    const Declaration found = read_declaration(file);
    if (!found.synthetic()) continue;
    const fs::path parent = parent_of(file, output, input);
    const bool copied =
        folder && fs::is_directory(input) && !parent.empty() && same_bytes(file, parent);
    if (signing.c2pa != nullptr && !copied && !c2pa_format(file).empty())
      note(embed(file, {.parent = parent, .watermark = found.watermark}, signer, signing));
    if (signing.detached) note(sign_beside(file, signing));
  }
  return problems;
}

}  // namespace cameo
