// SPDX-License-Identifier: MIT
#include "pipeline/extract_settings.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "pipeline/media/fingerprint.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

Json sums_of(const std::vector<fs::path>& references) {
  Json sums = Json::array();
  for (const auto& path : references) sums.push_back(source_sha256(path));
  return sums;
}

}  // namespace

std::string settings_of(const ExtractOptions& options) {
  const DetectorOptions& detector = options.finder.detector;
  const FilterOptions& filter = options.finder.filter;
  Json out = {{"detector", detector.name},
              {"upsample", detector.upsample},
              {"max_side", detector.max_side},
              {"min_size", detector.min_size},
              {"least_score", detector.threshold},
              {"max_faces", options.finder.max_faces},
              {"mode", options.mode == CropMode::Align ? "align" : "crop"},
              {"size", options.size},
              {"every_nth", options.every_nth}};
  if (options.detect_every > 0) out["detect_every"] = options.detect_every;
  if (options.finder.reference) out["faithful"] = true;
  if (!options.known_faces.empty()) out["known_faces"] = sha256_of_file(options.known_faces);
  if (filter.any()) {
    out["wanted"] = sums_of(filter.wanted);
    out["unwanted"] = sums_of(filter.unwanted);
    out["threshold"] = filter.threshold;
    if (filter.margin != 0) out["margin"] = filter.margin;
  }
  return out.dump();
}

bool has_filter(const std::string& settings) {
  const Json in = Json::parse(settings, nullptr, false);
  if (!in.is_object()) return false;
  return !in.value("wanted", Json::array()).empty() || !in.value("unwanted", Json::array()).empty();
}

void check_options(const ExtractOptions& options) {
  check(!options.inputs.empty(), ErrorCode::Usage, "extract: no input");
  check(!options.output.empty(), ErrorCode::Usage, "extract: no output folder");
  constexpr int kLeastSize = 16;
  constexpr int kMostSize = 4096;
  check(options.size >= kLeastSize && options.size <= kMostSize, ErrorCode::Usage,
        "extract: size must be ", kLeastSize, " to ", kMostSize, " pixels, got ", options.size);
  check(options.every_nth > 0, ErrorCode::Usage,
        "extract: every n-th frame needs n of at least 1, got ", options.every_nth);
  check(options.detect_every >= 0, ErrorCode::Usage,
        "extract: detection in every n-th frame needs n of at least 1, or 0 for a choice by the "
        "rate, got ",
        options.detect_every);
  check(options.faces_file.empty() || options.inputs.size() == 1, ErrorCode::Usage,
        "extract: one faces file cannot hold the faces of ", options.inputs.size(), " inputs");
  check(options.known_faces.empty() || options.inputs.size() == 1, ErrorCode::Usage,
        "extract: one faces file to crop by cannot know the faces of ", options.inputs.size(),
        " inputs");
  check(options.known_faces.empty() || !options.finder.filter.any(), ErrorCode::Usage,
        "extract: wanted and unwanted references are for faces that are detected; those of ",
        options.known_faces.string(), " are taken as they are");
}

}  // namespace cameo
