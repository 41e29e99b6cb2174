// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "pipeline/mark/c2pa.h"
#include "pipeline/mark/file_watermark.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/signature.h"

namespace cameo {

/// What a file says of its origin.
struct Origin {
  Declaration declaration;
  Signature signature;
  C2paReport c2pa;
  FileWatermark watermark;

  /// Whether the file declares itself synthetic, by metadata or an intact C2PA manifest.
  bool synthetic() const;
  /// Whether the pixels bear another watermark than the metadata or an intact manifest names.
  bool contradicts() const;
  /// Whether the pixels bear none that can be read though the metadata names one, and could.
  bool lost() const;
};

/// As `cameo verify` and `cameo info` show it.
nlohmann::ordered_json origin_json(const Origin& origin);

/// The watermark in a few words: "00c0ffee123456", "not found", "too small".
std::string watermark_word(const FileWatermark& watermark);

/// The state of a C2PA manifest in a few words: "untrusted".
std::string c2pa_word(C2paState state);

}  // namespace cameo
