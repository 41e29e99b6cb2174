// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/adam.h"
#include "engine/params.h"
#include "engine/safetensors.h"
#include "model/data/latent_stats.h"
#include "model/data/sampler.h"
#include "model/net/presets.h"

namespace cameo {

/// The name of the file in a model's folder.
constexpr const char* kModelFile = "model.safetensors";

/// The file of a model, given its folder or the file itself.
/// Throws Error (ErrorCode::Input) if there is none.
std::filesystem::path model_file(const std::filesystem::path& model);

/// What a model file says of itself.
struct ModelInfo {
  std::string preset;
  std::string sizes;    ///< of its layers (sizes_of); empty where only the preset is named
  std::string version;  ///< of the Cameo that wrote it
  std::string mode;     ///< "joint" or "alternate"; empty if the file holds weights only
  std::int64_t iteration = 0;
  std::int64_t faces_seen = 0;  ///< images trained on, both sides together
  std::int64_t parameters = 0;
};

/// Reads it. Throws Error: ErrorCode::Input if there is no such file, ErrorCode::Format if it is no
/// model. Who reads more of a model opens it once, so that all of it is of one save.
ModelInfo read_model_info(const SafetensorsFile& file);
inline ModelInfo read_model_info(const std::filesystem::path& file) {
  return read_model_info(SafetensorsFile(file));
}

/// Its network. Throws Error if there is no such preset, or the sizes are impossible.
Preset preset_of(const ModelInfo& info);

/// Fills every parameter of the table from the tensor of its name; other tensors are left alone.
/// Throws Error (ErrorCode::Format) if one is missing or has another shape; `params` is then
/// undefined.
void load_weights(const SafetensorsFile& file, ParamStore& params);

/// The network of a file: adds its parameters to the empty store, allocates them without gradients
/// and fills them. Throws Error as preset_of and load_weights do, the latter before it allocates.
Preset load_network(const SafetensorsFile& file, ParamStore& params);

/// How one side's faces lie in the code, as training found them last; empty if the file says
/// nothing of it. side: "a" or "b". Throws Error (ErrorCode::Format) if it is damaged.
LatentStats load_latent_stats(const SafetensorsFile& file, const std::string& side);

/// Writes a model of weights only: training starts from it at iteration 0. A crash leaves the old
/// file or the new one. Throws Error: ErrorCode::Failed if a weight is not finite, ErrorCode::Input
/// if the file cannot be written.
void save_weights(const std::filesystem::path& file, const Preset& preset,
                  const ParamStore& params);

/// Everything but tensors that training goes on from.
struct TrainingState {
  ModelInfo info;
  std::uint64_t seed = 0;
  SamplerState order_a, order_b;
  std::map<std::string, std::string> tuning;  ///< Cpu::tuning, so that sums keep their last bits
  LatentStats code_a, code_b;                 ///< as the weights are now; may be empty
};

/// Tensors that training goes on from. Moments of several Adams are told apart by their names.
struct TrainTensors {
  ParamStore& params;
  Clock& clock;
  std::map<std::string, Adam*> adams;
};

/// Reads the state. Throws Error as read_model_info does; ErrorCode::Format also if it is
/// incomplete.
TrainingState read_training_state(const SafetensorsFile& file);

/// Reads weights, moments and clock. Throws Error (ErrorCode::Format) if one is missing or does not
/// fit.
void load_train_tensors(const SafetensorsFile& file, const TrainTensors& learned);

/// Writes one file from which training goes on as if it had not stopped. The file it replaces
/// becomes `file`.bak1, that one .bak2 and so on up to `backups`; those of higher numbers are left
/// alone. Throws Error, with everything on the disk as it was: ErrorCode::Failed if a weight is not
/// finite, ErrorCode::Input if the file cannot be written. Where only the folder cannot be synced
/// or a backup cannot be renamed, the new file is in its place already.
void save_checkpoint(const std::filesystem::path& file, const TrainingState& state,
                     const TrainTensors& learned, int backups);

/// The newest of `file` and its backups that is of this iteration or an earlier one; empty if none
/// is. Throws Error as read_model_info does.
std::filesystem::path newest_checkpoint(const std::filesystem::path& file, int backups,
                                        std::int64_t iteration);

}  // namespace cameo
