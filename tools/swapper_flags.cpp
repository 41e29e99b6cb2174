// SPDX-License-Identifier: MIT
#include "tools/swapper_flags.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "model/file/model_file.h"
#include "pipeline/compose/example_files.h"
#include "pipeline/media/fingerprint.h"
#include "tools/cli/device.h"

namespace cameo {
namespace {

bool matches_by_default(const std::filesystem::path& model, Log& log) {
  const SafetensorsFile file(model_file(model));
  const bool match = prefers_matched_latents(file);
  if (!match && says_mirrored_latents(file))
    log.warn(file.path().string() +
             ": holds no latent statistics, so latents are not matched, and the swap may look like "
             "both persons; training some iterations more adds them");
  return match;
}

}  // namespace

void SwapperFlags::add_to(Flags& flags) {
  flags.add("-m,--model", &model_,
            "Model folder written by training; with --map, for everybody not named there");
  flags.add("--map", &map_,
            "PERSON=MODEL: a model folder for the faces of one person, by the number that `cameo "
            "faces cluster` gives; several may follow");
  flags.add("-s,--swap", &reverse_, "Swap direction: put face A into frames of B");
  flags
      .add("--match-latents", &match_latents_,
           "Shift A's latent statistics to B's, so that the result looks more like B (default: if "
           "the last training mirrored faces, and not with --reference; --match-latents=false: "
           "never)")
      .old_name("align-code");
  flags.add("--examples", &examples_,
            "Folder of extracted faces of the person who is put in, whose fine detail is added to "
            "what the network renders (default: those that the model keeps; --detail 0: none)");
  flags.needs(examples_);
  flags.add("-b,--batch", &batch_, "Batch size of the network, faces; 0: 1 on a CPU, 16 on a GPU")
      .range(0, 256);
  flags.also([this] {
    check(!model_.empty() || !map_.empty(), ErrorCode::Usage,
          "no model was given; --model FOLDER, or --map PERSON=FOLDER");
    check(examples_.empty() || map_.empty(), ErrorCode::Usage,
          "--examples is of one person; with --map each model keeps its own");
    for (const Entry& entry : entries()) require_there(entry.model);
  });
}

std::vector<SwapperFlags::Entry> SwapperFlags::entries() const {
  std::vector<Entry> all;
  for (const std::string& item : map_) {
    const auto equals = item.find('=');
    int person = -1;
    const char* const end = item.data() + (equals == std::string::npos ? 0 : equals);
    const auto [stop, error] = std::from_chars(item.data(), end, person);
    check(error == std::errc() && stop == end && person >= 0 && equals + 1 < item.size(),
          ErrorCode::Usage, "--map ", item,
          ": wants PERSON=MODEL, a number of a person and a folder, as 0=model");
    for (const Entry& other : all)
      check(other.person != person, ErrorCode::Usage, "--map ", item, ": person ", person,
            " has the model ", other.model.string(), " already");
    all.push_back({person, item.substr(equals + 1)});
  }
  if (!model_.empty()) all.push_back({{}, model_});
  return all;
}

std::vector<std::filesystem::path> SwapperFlags::files() const {
  std::vector<std::filesystem::path> files;
  for (const Entry& entry : entries()) files.push_back(entry.model);
  return files;
}

std::vector<std::string> SwapperFlags::consents() const {
  std::vector<std::string> hashes;
  for (const std::filesystem::path& model : files())
    for (const std::string& note : consent_notes(SafetensorsFile(model_file(model)))) {
      std::string hash = sha256_of_text(note);
      if (std::find(hashes.begin(), hashes.end(), hash) == hashes.end())
        hashes.push_back(std::move(hash));
    }
  return hashes;
}

std::filesystem::path SwapperFlags::examples_of(const Entry& entry) const {
  if (!examples_.empty()) return examples_;
  std::filesystem::path folder = examples_folder(entry.model, reverse_ ? Side::A : Side::B);
  std::error_code missing;
  return std::filesystem::is_directory(folder, missing) ? folder : std::filesystem::path();
}

std::vector<std::filesystem::path> SwapperFlags::example_folders() const {
  std::vector<std::filesystem::path> folders;
  for (const Entry& entry : entries())
    if (std::filesystem::path folder = examples_of(entry); !folder.empty())
      folders.push_back(std::move(folder));
  return folders;
}

OpenModels SwapperFlags::open(const Common& common, bool reference, bool detailed, Log& log) const {
  OpenModels opened;
  for (const Entry& entry : entries()) {
    const bool match =
        match_latents_ ? *match_latents_ : !reference && matches_by_default(entry.model, log);
    log.info(entry.model.string() +
             (match ? ": latents are matched" : ": latents are not matched"));
    opened.swappers.push_back(open_swapper(
        entry.model, {reverse_ ? Side::A : Side::B, batch_, match}, open_device(common, log)));
    PersonModel model{.person = entry.person, .swapper = opened.swappers.back().get()};
    const std::filesystem::path folder = examples_of(entry);
    if (detailed && !reference && !folder.empty()) {
      // Faces of the decoder's own person, whose latents are where it learned them.
      const auto own =
          open_swapper(entry.model, {reverse_ ? Side::A : Side::B, batch_, false, Rendering::Own},
                       open_device(common, log));
      opened.examples.push_back(std::make_unique<DetailExamples>(load_examples(folder), *own));
      model.examples = opened.examples.back().get();
      log.info(folder.string() + ": " + std::to_string(model.examples->count()) +
               " faces lend their detail");
    }
    opened.models.push_back(model);
  }
  return opened;
}

}  // namespace cameo
