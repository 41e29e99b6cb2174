// SPDX-License-Identifier: MIT
#include "model/file/model_file.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/version.h"
#include "kernels/bf16.h"
#include "model/net/autoencoder.h"
#include "model/net/presets.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

void check_shape(const SafetensorsFile& file, const std::string& name, Shape shape) {
  check(file.entry(name).shape == extents_of(shape), ErrorCode::Format, file.path().string(),
        ": tensor \"", name, "\" does not have the shape ", shape, " that the network wants");
}

void check_shapes(const SafetensorsFile& file, const ParamStore& params) {
  for (const Param& p : params.table()) check_shape(file, p.name, p.shape);
}

void fill(const SafetensorsFile& file, ParamStore& params) {
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const Param& p = params.table()[row];
    params.write(static_cast<int>(row), read_weights(file, p.name, p.shape).data());
  }
}

/// Files of the article's topology name no kind; the oldest name the preset alone.
Network network_of(const SafetensorsFile& file) try {
  const Metadata& metadata = file.metadata();
  const auto kind = metadata.find("network"), settings = metadata.find("sizes");
  if (settings == metadata.end()) return preset(metadata.at("preset")).network;
  return network(kind == metadata.end() ? kAutoencoder : kind->second, settings->second);
} catch (const Error& e) {
  fail(e.code(), file.path().string(), ": ", e.what());
}

/// "code.mean_a".
std::string latent_name(const char* which, const std::string& side) {
  return std::string("code.") + which + "_" + side;
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

std::span<const std::byte> bytes_of(const std::vector<float>& values) {
  return std::as_bytes(std::span(values));
}

std::string damaged(const SafetensorsFile& file, const std::string& name) {
  return file.path().string() + ": latent statistics \"" + name +
         "\" are damaged; train some iterations more";
}

/// A tensor of that many dimensions. Throws Error if it has another number, or a number in it is
/// not finite.
std::vector<float> read_latent_tensor(const SafetensorsFile& file, const std::string& name,
                                      std::size_t dimensions) {
  const std::vector<std::int64_t>& shape = file.entry(name).shape;
  check(shape.size() == dimensions, ErrorCode::Format, file.path().string(), ": tensor \"", name,
        "\" must have ", dimensions, dimensions == 1 ? " dimension" : " dimensions");
  std::vector<float> values(static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>())));
  file.read(name, "F32", std::as_writable_bytes(std::span(values)));
  check(all_finite(values), ErrorCode::Format, damaged(file, name));
  return values;
}

}  // namespace

fs::path model_file(const fs::path& model) {
  fs::path file = fs::is_directory(model) ? model / kModelFile : model;
  check(fs::exists(file), ErrorCode::Input, file.string(),
        ": no such model; train one with `cameo train -m FOLDER`");
  return file;
}

std::vector<std::string> consent_notes(const SafetensorsFile& file) {
  std::vector<std::string> notes;
  for (;;) {
    const auto note = file.metadata().find(kConsent + std::to_string(notes.size() + 1));
    if (note == file.metadata().end()) return notes;
    notes.push_back(note->second);
  }
}

const std::string& metadata_text(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  check(found != file.metadata().end(), ErrorCode::Format, file.path().string(),
        ": not a Cameo model that training can go on from: its metadata has no \"", key, "\"");
  return found->second;
}

ModelInfo read_model_info(const SafetensorsFile& file) {
  const Metadata& metadata = file.metadata();
  check(metadata.contains("preset"), ErrorCode::Format, file.path().string(),
        ": not a Cameo model: its metadata names no preset");
  ModelInfo info{.preset = metadata.at("preset"),
                 .network = network_of(file),
                 .version = metadata_text(file, "version")};
  Exec exec = Cpu();
  ParamStore params(exec);
  info.network.declare(params);
  for (const Param& p : params.table())
    check(file.has(p.name), ErrorCode::Format, file.path().string(),
          ": not a Cameo model: its network ", info.network.kind, " (", info.network.settings,
          ") has no tensor \"", p.name, "\"");
  info.parameters = params.parameters();
  if (!metadata.contains("mode")) return info;
  info.mode = metadata.at("mode");
  info.iteration = metadata_integer<std::int64_t>(file, "iteration");
  info.faces_seen = metadata_integer<std::int64_t>(file, "faces_seen");
  return info;
}

std::vector<std::int64_t> extents_of(Shape s) {
  return {s.n, s.h, s.w, s.c};
}

std::vector<float> read_weights(const SafetensorsFile& file, const std::string& name, Shape shape) {
  check_shape(file, name, shape);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  if (file.entry(name).dtype == "BF16") {
    std::vector<Bf16> narrow(values.size());
    file.read(name, "BF16", std::as_writable_bytes(std::span(narrow)));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = to_float(narrow[i]);
  } else {
    file.read(name, "F32", std::as_writable_bytes(std::span(values)));
  }
  check(all_finite(values), ErrorCode::Format, file.path().string(), ": tensor \"", name,
        "\" holds a number that is not finite: the file is damaged; training keeps earlier saves "
        "beside it");
  return values;
}

void load_weights(const SafetensorsFile& file, ParamStore& params) {
  check_shapes(file, params);
  fill(file, params);
}

Network load_network(const SafetensorsFile& file, ParamStore& params) {
  Network network = read_model_info(file).network;
  network.declare(params);
  // Settings that are not the tensors' may ask for any amount of memory.
  check_shapes(file, params);
  params.allocate(/*with_gradients=*/false);
  fill(file, params);
  return network;
}

Network load_matched_network(const SafetensorsFile& file, ParamStore& params, Side side) {
  const LatentStats a = load_latent_stats(file, "a"), b = load_latent_stats(file, "b");
  check(a && b, ErrorCode::Format, file.path().string(),
        ": holds no latent statistics of its two persons, so their latents cannot be matched; "
        "train some iterations more, or do without");
  const LatentStats &from = side == Side::B ? a : b, &to = side == Side::B ? b : a;
  const LatentRange range = load_latent_range(file, side == Side::B ? "b" : "a");
  if (!range || read_model_info(file).network.after_latent == nullptr) {
    Network network = load_network(file, params);
    match_latents(params, network, from, to);
    return network;
  }
  ParamStore plain(params.exec());
  Network network = limited(load_network(file, plain), static_cast<int>(range.low.size()));
  network.declare(params);
  params.allocate(/*with_gradients=*/false);
  for (const Param& p : plain.table())
    params.write(params.find(p.name), plain.read(plain.find(p.name)).data());
  limit_latents(params, range, LatentMap(from, to));
  match_latents(params, network, from, to);
  return network;
}

LatentStats load_latent_stats(const SafetensorsFile& file, const std::string& side) {
  if (!file.has(latent_name("mean", side))) return {};
  LatentStats stats{read_latent_tensor(file, latent_name("mean", side), 1),
                    read_latent_tensor(file, latent_name("deviation", side), 1)};
  const bool sound =
      std::all_of(stats.deviation.begin(), stats.deviation.end(), [](float v) { return v >= 0; });
  check(sound, ErrorCode::Format, damaged(file, latent_name("deviation", side)));
  return stats;
}

LatentRange load_latent_range(const SafetensorsFile& file, const std::string& side) {
  if (!file.has(latent_name("axes", side))) return {};
  LatentRange range{read_latent_tensor(file, latent_name("axes", side), 2),
                    read_latent_tensor(file, latent_name("low", side), 1),
                    read_latent_tensor(file, latent_name("high", side), 1)};
  const auto axes = static_cast<std::size_t>(file.entry(latent_name("axes", side)).shape[0]);
  check(axes > 0 && range.low.size() == axes && range.high.size() == axes &&
            std::equal(range.low.begin(), range.low.end(), range.high.begin(), std::less_equal<>()),
        ErrorCode::Format, damaged(file, latent_name("low", side)));
  return range;
}

std::vector<TensorOut> latent_tensors(const std::string& side, const LatentStats& stats) {
  if (!stats) return {};
  const auto width = static_cast<std::int64_t>(stats.mean.size());
  return {{latent_name("mean", side), "F32", {width}, bytes_of(stats.mean)},
          {latent_name("deviation", side), "F32", {width}, bytes_of(stats.deviation)}};
}

bool says_mirrored_latents(const SafetensorsFile& file) {
  const auto found = file.metadata().find(kMirroredLatents);
  return found != file.metadata().end() && found->second == "1";
}

bool prefers_matched_latents(const SafetensorsFile& file) {
  return says_mirrored_latents(file) && load_latent_stats(file, "a") &&
         load_latent_stats(file, "b");
}

Metadata network_metadata(const std::string& preset, const Network& network) {
  return {{"format", "cameo"},
          {"preset", preset},
          {"network", network.kind},
          {"sizes", network.settings},
          {"version", CAMEO_VERSION}};
}

void save_weights(const fs::path& file, const std::string& preset, const Network& network,
                  const ParamStore& params) {
  const ModelTensors tensors(file, params);
  write_safetensors(file, tensors.list(), network_metadata(preset, network));
}

ModelTensors::ModelTensors(const fs::path& file, const ParamStore& params) {
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const Param& p = params.table()[row];
    std::vector<float> weights = params.read(static_cast<int>(row));
    check(all_finite(weights), file.string(), ": not saved, because ", p.name,
          " holds a number that is not finite; a lower rate may help");
    own(p.name, p.shape, std::move(weights));
  }
}

void ModelTensors::own(std::string name, const Shape& shape, std::vector<float> data) {
  data_.push_back(std::move(data));
  add(std::move(name), shape, data_.back());
}

void ModelTensors::add(std::string name, const Shape& shape, std::span<const float> data) {
  add({std::move(name), "F32", extents_of(shape), std::as_bytes(data)});
}

void ModelTensors::add_latents(const std::string& side, const LatentSummary& latents) {
  for (TensorOut& tensor : latent_tensors(side, latents.moments)) add(std::move(tensor));
  const LatentRange& range = latents.range;
  if (!range) return;
  const auto count = static_cast<std::int64_t>(range.low.size());
  const auto width = static_cast<std::int64_t>(range.axes.size()) / count;
  add({latent_name("axes", side), "F32", {count, width}, bytes_of(range.axes)});
  add({latent_name("low", side), "F32", {count}, bytes_of(range.low)});
  add({latent_name("high", side), "F32", {count}, bytes_of(range.high)});
}

}  // namespace cameo
