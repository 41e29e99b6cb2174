// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/infer/swapper.h"
#include "pipeline/convert.h"
#include "tools/cli/flags.h"

namespace cameo {

/// Opened models, and whose faces each draws.
struct OpenModels {
  std::vector<std::unique_ptr<Swapper>> swappers;
  std::vector<PersonModel> models;  ///< point to the swappers
};

/// The options that say which models draw faces: --model, --map, --swap, --match-latents, --batch.
class SwapperFlags {
 public:
  /// Adds them to a command, with the checks that need no model.
  void add_to(Flags& flags);
  /// Opens the models on the device that the command asks for. reference: reproduces faceswap, so
  /// latents are not matched unless that is asked for. Throws Error as open_swapper does.
  OpenModels open(const Common& common, bool reference, Log& log) const;
  /// Folders or files of the models, in the order of open().
  std::vector<std::filesystem::path> files() const;
  /// SHA-256 of the notes of consent that the models hold, each once.
  std::vector<std::string> consents() const;
  bool matches_latents() const { return match_latents_.value_or(false); }

 private:
  struct Entry {
    std::optional<int> person;
    std::filesystem::path model;
  };
  std::vector<Entry> entries() const;

  std::filesystem::path model_;
  std::vector<std::string> map_;
  bool reverse_ = false;
  std::optional<bool> match_latents_;
  int batch_ = 0;
};

}  // namespace cameo
