// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "pipeline/mark/file_watermark.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/signature.h"

namespace cameo {

/// What a file says of its origin.
struct Origin {
  Declaration declaration;
  Signature signature;
  FileWatermark watermark;

  /// Whether the pixels bear another watermark than the metadata names.
  bool contradicts() const;
  /// Whether the pixels bear none that can be read though the metadata names one, and could.
  bool lost() const;
};

/// As `cameo verify` and `cameo info` show it.
nlohmann::ordered_json origin_json(const Origin& origin);

/// The watermark in a few words: "00c0ffee123456", "not found", "too small".
std::string watermark_word(const FileWatermark& watermark);

}  // namespace cameo
