// SPDX-License-Identifier: MIT
#pragma once
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/params.h"
#include "engine/safetensors.h"
#include "model/data/latent_range.h"
#include "model/net/network.h"

namespace cameo {

/// Name of the file in a model's folder.
constexpr const char* kModelFile = "model.safetensors";

/// The file of a model, given its folder or the file itself.
/// Throws Error (ErrorCode::Input) if there is none.
std::filesystem::path model_file(const std::filesystem::path& model);

/// What a model file says of itself.
struct ModelInfo {
  std::string preset;   ///< name of the settings, for people
  Network network;      ///< by kind and settings; by the preset where a file has neither
  std::string version;  ///< of the Cameo that wrote it
  std::string mode;     ///< "joint" or "alternate"; empty if the file holds weights only
  std::int64_t iteration = 0;
  std::int64_t faces_seen = 0;  ///< images trained on, both sides together
  std::int64_t parameters = 0;
};

/// Reads it. Throws Error: ErrorCode::Input if there is no such file, ErrorCode::Format if it is no
/// model, or of a network that there is not. Who reads more of a model opens it once, so that all
/// of it is of one save.
ModelInfo read_model_info(const SafetensorsFile& file);
inline ModelInfo read_model_info(const std::filesystem::path& file) {
  return read_model_info(SafetensorsFile(file));
}

/// A tensor's values, float32 or bfloat16. Throws Error (ErrorCode::Format) if the file has none of
/// that name and shape, or of another type.
std::vector<float> read_weights(const SafetensorsFile& file, const std::string& name, Shape shape);

/// Extents of a weight as files hold them.
std::vector<std::int64_t> extents_of(Shape shape);

/// Fills every parameter of the table from the tensor of its name; other tensors are left alone.
/// Throws Error (ErrorCode::Format) if one is missing or has another shape; `params` is then
/// undefined.
void load_weights(const SafetensorsFile& file, ParamStore& params);

/// The network of a file: adds its parameters to the empty store, allocates them without gradients
/// and fills them. Throws Error as read_model_info and load_weights do, before it allocates.
Network load_network(const SafetensorsFile& file, ParamStore& params);

/// Metadata key of a note of consent, its number behind it.
constexpr const char* kConsent = "consent.";

/// Notes of consent that a model holds, oldest first: metadata "consent.1" and on.
std::vector<std::string> consent_notes(const SafetensorsFile& file);

/// Moments of one side's latents, as training measured them last; empty if the file holds none.
/// side: "a" or "b". Throws Error (ErrorCode::Format) if they are damaged.
LatentStats load_latent_stats(const SafetensorsFile& file, const std::string& side);
/// The tensors that hold them, which point into `stats`; none of empty ones.
std::vector<TensorOut> latent_tensors(const std::string& side, const LatentStats& stats);

/// Range of one side's latents, as training measured it last; empty if the file holds none, as
/// those of earlier versions. side: as above. Throws Error (ErrorCode::Format) if it is damaged.
LatentRange load_latent_range(const SafetensorsFile& file, const std::string& side);

/// Metadata key of a model whose moments are of its faces and of their mirror images.
constexpr const char* kMirroredLatents = "latents.mirrored";

/// Whether it has that key.
bool says_mirrored_latents(const SafetensorsFile& file);

/// Whether matching latents is best: the file holds moments, and they are of mirrored faces, too.
/// Others tell not persons alone apart but also their usual poses.
bool prefers_matched_latents(const SafetensorsFile& file);

/// load_network() for a swap with the decoder of `side`: match_latents() of latent_stats.h from the
/// other side's moments to its own, and, where the file holds its range, limit_latents() to that.
/// Throws Error (ErrorCode::Format) also if the file holds no moments: training saves them.
Network load_matched_network(const SafetensorsFile& file, ParamStore& params, Side side);

/// Writes a model of weights only: training starts from it at iteration 0. A crash leaves the old
/// file or the new one. Throws Error: ErrorCode::Failed if a weight is not finite, ErrorCode::Input
/// if the file cannot be written.
void save_weights(const std::filesystem::path& file, const std::string& preset,
                  const Network& network, const ParamStore& params);

using Metadata = std::map<std::string, std::string>;

/// A metadata entry. Throws Error (ErrorCode::Format) if there is none.
const std::string& metadata_text(const SafetensorsFile& file, const std::string& key);

/// The same as an integer. Throws Error (ErrorCode::Format) also if it is none.
template <class Integer>
Integer metadata_integer(const SafetensorsFile& file, const std::string& key) {
  const std::string& text = metadata_text(file, key);
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size(), ErrorCode::Format,
        file.path().string(), ": its metadata \"", key, "\" is not an integer: ", text);
  return value;
}

/// Metadata that says of a file which network it holds.
Metadata network_metadata(const std::string& preset, const Network& network);

/// Host copies of weights, and the list of tensors for write_safetensors that points into them.
class ModelTensors {
 public:
  ModelTensors() = default;
  /// Copies the weights. file: for messages. Throws Error (ErrorCode::Failed) if one is not finite.
  ModelTensors(const std::filesystem::path& file, const ParamStore& params);
  ~ModelTensors() = default;
  ModelTensors(const ModelTensors&) = delete;
  ModelTensors& operator=(const ModelTensors&) = delete;

  /// Adds a tensor and takes over its data.
  void own(std::string name, const Shape& shape, std::vector<float> data);
  /// Adds a tensor whose data must outlive this list.
  void add(TensorOut tensor) { tensors_.push_back(std::move(tensor)); }
  void add(std::string name, const Shape& shape, std::span<const float> data);
  /// Adds moments and range of a side's latents, which must outlive this list; nothing for those
  /// that are empty.
  void add_latents(const std::string& side, const LatentSummary& latents);

  const std::vector<TensorOut>& list() const { return tensors_; }

 private:
  std::vector<std::vector<float>> data_;
  std::vector<TensorOut> tensors_;
};

}  // namespace cameo
