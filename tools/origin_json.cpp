// SPDX-License-Identifier: MIT
#include "tools/origin_json.h"

#include "pipeline/mark/output_marks.h"

namespace cameo {
namespace {

const char* word_for(SignatureState state) {
  switch (state) {
    case SignatureState::Valid:
      return "valid";
    case SignatureState::Tampered:
      return "tampered";
    case SignatureState::None:
      break;
  }
  return "none";
}

/// Whether the pixels bear what the metadata names; null where there is nothing to compare.
nlohmann::ordered_json agreement(const Origin& origin) {
  const std::string& declared = origin.declaration.watermark;
  if (!parse_asset(declared) || origin.watermark.too_small) return nullptr;
  return !origin.contradicts() && !origin.lost();
}

/// Whether the pixels bear another watermark than is named.
bool bears_other(const FileWatermark& watermark, const std::string& named) {
  const auto asset = parse_asset(named);
  const auto& payload = watermark.result.payload;
  return asset && payload && payload->asset != *asset;
}

/// What the active manifest says.
nlohmann::ordered_json manifest_json(const C2paReport& found) {
  nlohmann::ordered_json failed = nlohmann::ordered_json::array();
  for (const C2paFailure& ingredient : found.failed_ingredients)
    failed.push_back({{"manifest", ingredient.manifest}, {"failures", ingredient.codes}});
  return {{"signer", found.signer},
          {"time", found.time},
          {"time_trusted", found.time_trusted},
          {"generator", found.generator},
          {"digital_source_type", found.digital_source_type},
          {"watermark", found.watermark},
          {"earlier_manifests", found.earlier},
          {"failed_ingredients", failed}};
}

nlohmann::ordered_json watermark_json(const Origin& origin) {
  const FileWatermark& found = origin.watermark;
  nlohmann::ordered_json json{{"found", found.result.found},
                              {"asset", nullptr},
                              {"declared", origin.declaration.watermark},
                              {"agrees", agreement(origin)},
                              {"score", found.result.score},
                              {"corrected_bits", found.result.corrected_bits},
                              {"frames", found.frames},
                              {"too_small", found.too_small}};
  if (found.result.payload) json["asset"] = asset_word(found.result.payload->asset);
  return json;
}

}  // namespace

bool Origin::synthetic() const {
  return declaration.synthetic() || (c2pa.intact() && is_synthetic_type(c2pa.digital_source_type));
}

bool Origin::contradicts() const {
  return bears_other(watermark, declaration.watermark) ||
         (c2pa.intact() && bears_other(watermark, c2pa.watermark));
}

bool Origin::lost() const {
  return parse_asset(declaration.watermark) && !watermark.too_small && !watermark.result.payload;
}

std::string watermark_word(const FileWatermark& watermark) {
  if (watermark.too_small) return "too small";
  const WatermarkResult& result = watermark.result;
  if (result.payload) return asset_word(result.payload->asset);
  return result.found ? "cannot be read" : "not found";
}

std::string c2pa_word(C2paState state) {
  switch (state) {
    case C2paState::None:
      return "none";
    case C2paState::Unread:
      return "present, not checked";
    case C2paState::Valid:
      return "valid";
    case C2paState::Untrusted:
      return "untrusted";
    case C2paState::Tampered:
      break;
  }
  return "tampered";
}

nlohmann::ordered_json origin_json(const Origin& origin) {
  const Declaration& found = origin.declaration;
  const Signature& signature = origin.signature;
  nlohmann::ordered_json json{{"synthetic", origin.synthetic()},
                              {"xmp", found.has_xmp},
                              {"digital_source_type", found.digital_source_type},
                              {"tool", found.tool},
                              {"version", found.version},
                              {"creator_tool", found.creator_tool},
                              {"description", found.description},
                              {"comment", found.comment},
                              {"consents", found.consents},
                              {"c2pa", c2pa_word(origin.c2pa.state)},
                              {"watermark", watermark_json(origin)},
                              {"signature", word_for(signature.state)}};
  if (!origin.c2pa.generator.empty()) json["c2pa_manifest"] = manifest_json(origin.c2pa);
  if (signature.state == SignatureState::None) return json;
  json["signer"] = signature.signer;
  json["signer_trusted"] = signature.trusted;
  json["signature_time"] = signature.time;
  json["signature_time_trusted"] = signature.time_trusted;
  return json;
}

}  // namespace cameo
