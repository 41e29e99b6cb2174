// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/mark/c2pa.h"
#include "tools/cli/flags.h"

namespace cameo {

/// libc2pa_c as an option of that name gives it; empty: as the loader finds it, null if it finds
/// none. Throws Error (ErrorCode::Usage) if one that was named cannot be loaded.
std::unique_ptr<C2pa> open_c2pa(const std::string& library);

/// Folder of the self-made signer: $XDG_DATA_HOME/cameo, else ~/.local/share/cameo. Throws Error
/// (ErrorCode::Usage) if there is no home.
std::filesystem::path own_signer_folder();

/// Options of a command that signs its output.
class SignFlags {
 public:
  void add_to(Flags& flags);

  /// Checks of what was given; also without --sign. Throws Error (ErrorCode::Usage).
  void check() const;

  /// Loads the library, makes a signer where none was given, and signs for a trial, so that what
  /// will not do is known before the work. Warns if the output takes no manifest, and tells those
  /// of the input, a file or a folder of images, with a warning of those that do not fit their
  /// files.
  void prepare(const std::filesystem::path& output, const std::filesystem::path& input, Log& log);

  /// Whether the manifest of an input that is a file goes into the output's; after prepare().
  bool keeps_manifest() const { return c2pa_ != nullptr; }

  /// Signs what was declared synthetic (sign_output). Warns of what went wrong; false if anything.
  bool sign(const std::filesystem::path& output, const std::filesystem::path& input,
            Log& log) const;

 private:
  /// Asks the authority for a trial. Throws Error (ErrorCode::Input) naming it.
  void check_authority(const PemSigner& signer) const;
  void note_input(const std::filesystem::path& input, Log& log) const;
  /// kept: the output is a folder, whose images carry the manifests on.
  void note_folder(const std::filesystem::path& input, bool kept, Log& log) const;

  std::filesystem::path key_, certificate_;
  std::string library_, timestamp_;
  std::unique_ptr<C2pa> c2pa_;
  std::filesystem::path own_;  // the self-made signer, where no other was given
};

}  // namespace cameo
