// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/infer/swapper.h"
#include "pipeline/compose/detail.h"
#include "pipeline/convert.h"
#include "tools/cli/flags.h"

namespace cameo {

/// Opened models, and whose faces each draws.
struct OpenModels {
  std::vector<std::unique_ptr<Swapper>> swappers;
  std::vector<std::unique_ptr<DetailExamples>> examples;
  std::vector<PersonModel> models;  ///< point to the swappers and examples
};

/// The options that say which models draw faces: --model, --map, --swap, --match-latents, --batch,
/// --examples.
class SwapperFlags {
 public:
  /// Adds them to a command, with the checks that need no model.
  void add_to(Flags& flags);
  /// Opens the models on the device that the command asks for. reference: reproduces faceswap, so
  /// latents are not matched unless that is asked for, and no examples lend detail. detailed:
  /// whether the conversion adds detail at all. Throws Error as open_swapper does.
  OpenModels open(const Common& common, bool reference, bool detailed, Log& log) const;
  /// Folders or files of the models, in the order of open().
  std::vector<std::filesystem::path> files() const;
  /// Folders of their examples, as far as there are any.
  std::vector<std::filesystem::path> example_folders() const;
  /// SHA-256 of the notes of consent that the models hold, each once.
  std::vector<std::string> consents() const;
  bool matches_latents() const { return match_latents_.value_or(false); }

 private:
  struct Entry {
    std::optional<int> person;
    std::filesystem::path model;
  };
  std::vector<Entry> entries() const;
  std::filesystem::path examples_of(const Entry& entry) const;

  std::filesystem::path model_;
  std::vector<std::string> map_;
  std::filesystem::path examples_;
  bool reverse_ = false;
  std::optional<bool> match_latents_;
  int batch_ = 0;
};

}  // namespace cameo
