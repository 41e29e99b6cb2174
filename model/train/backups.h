// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cameo {

/// An earlier save that lies beside a model's file: model.safetensors.bak1 is the newest.
struct Backup {
  std::filesystem::path file;
  int number = 0;
  bool readable = false;       ///< its header is; if not, all below is empty
  std::int64_t iteration = 0;  ///< of the model in it
  std::string run;             ///< the training it is of; empty in files of earlier versions
};

/// The backups of `file`, whatever their numbers, the newest first. Never throws for a damaged one.
std::vector<Backup> list_backups(const std::filesystem::path& file);

/// "model.safetensors.bak1 (iteration 4000), model.safetensors.bak2 (iteration 3500)": the readable
/// ones; empty if there is none.
std::string describe_readable(const std::vector<Backup>& backups);

/// Replaces `file` by what `write` writes, and keeps the file it replaces as .bak1, that one as
/// .bak2 and so on up to `backups`; those of higher numbers are left alone, and so are those of
/// another run than `run` or of a later iteration than the file replaced: they get a name that is
/// never reused ("model.safetensors.kept1"). If `write` throws, everything stays as it was. Throws
/// Error (ErrorCode::Input) if a backup cannot be kept.
void replace_keeping_backups(const std::filesystem::path& file, int backups, const std::string& run,
                             const std::function<void()>& write);

/// The newest of `file` and its backups up to a number that is of this iteration or an earlier one;
/// empty if none is. Files that cannot be read are passed over.
std::filesystem::path newest_checkpoint(const std::filesystem::path& file, int backups,
                                        std::int64_t iteration);

}  // namespace cameo
