// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/extract.h"

namespace cameo {

/// One input of an extraction with its faces file, perhaps of an earlier run.
struct ExtractInput {
  std::filesystem::path path;
  std::filesystem::path faces_path;
  FacesFile file;
  bool earlier = false;                // `file` is what an earlier run wrote
  bool finished = false;               // by an earlier run
  std::vector<std::string> to_remove;  // faces of an earlier run that is to be done again
  std::vector<std::string> notes;      // what a user should know of the earlier run
};

/// Names of the faces that were cut out; only plain ones, so that none leads out of the folder.
std::vector<std::string> crops_of(const FacesFile& file);

/// A place for the faces file of `input` in the output folder, where inputs of one name from
/// several folders may meet.
std::filesystem::path fallback_of(const ExtractOptions& options,
                                  const std::filesystem::path& input);

/// The input with what an earlier run left of it. settings: of this run.
/// Throws Error: ErrorCode::Input if it is missing, ErrorCode::Usage if it is the output too, or if
/// the earlier run had other settings and options.overwrite is not set.
ExtractInput plan_input(const ExtractOptions& options, const std::string& settings,
                        const std::filesystem::path& path);

}  // namespace cameo
