// SPDX-License-Identifier: MIT
#include "model/file/base_file.h"

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/version.h"
#include "kernels/bf16.h"
#include "model/file/model_file.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "cameo-base";

/// A mask head is left out: it only reads what leads to the image, so a base without one serves a
/// network with one, whose head begins untrained, and the other way round. So is what makes an
/// encoder canonical, which is a base's own inter and decoder.
std::string text_of(const std::string& kind, const std::string& settings) {
  std::string without = settings;
  for (const char* setting : {" mask=", " canonical="})
    if (const auto at = without.find(setting); at != std::string::npos)
      without.erase(at, without.find(' ', at + 1) - at);
  return kind + " (" + without + ")";
}

bool is_base(const SafetensorsFile& file) {
  const auto format = file.metadata().find("format");
  return format != file.metadata().end() && format->second == kFormat;
}

/// Of a model. Throws Error (ErrorCode::Usage) if its encoder has layers of its two persons.
ModelInfo startable_info(const SafetensorsFile& file) {
  ModelInfo info = read_model_info(file);
  check(
      !is_canonical(info.network), ErrorCode::Usage, file.path().string(),
      ": its encoder has layers for its own two persons' faces (canonical=1), so that nothing can "
      "start from it; new models start from the base, as this one did");
  return info;
}

/// Where a base has the parameter of a network.
std::string name_in(const SafetensorsFile& file, const Network& network, const std::string& name) {
  const auto replaced = [&](const std::string& prefix, const std::string& by) {
    return by + name.substr(prefix.size());
  };
  if (!network.prefix_b.empty() && name.starts_with(network.prefix_b))
    return replaced(network.prefix_b, network.prefix_a);
  if (file.has(name)) return name;
  for (const Side person : {Side::A, Side::B})
    if (const std::string layer = canonical_latent_layer(person); name.starts_with(layer))
      return replaced(layer, network.latent_layer);
  if (name.starts_with(kCanonicalInter)) return replaced(kCanonicalInter, "inter.");
  if (name.starts_with(kCanonicalDecoder)) return replaced(kCanonicalDecoder, network.prefix_a);
  return name;
}

bool is_of_mask_head(const std::string& parameter) {
  return parameter.find(".mask1.") != std::string::npos ||
         parameter.find(".mask2.") != std::string::npos;
}

std::string text_of(const Network& network) {
  return text_of(network.kind, network.settings);
}

/// The same of a base's or a model's metadata. Throws Error (ErrorCode::Format) if it is neither.
std::string network_in(const SafetensorsFile& file) {
  const auto text = [&](const char* key) {
    const auto found = file.metadata().find(key);
    return found == file.metadata().end() ? std::string() : found->second;
  };
  if (!is_base(file)) return text_of(startable_info(file).network);
  return text_of(text("network"), text("sizes"));
}

}  // namespace

void save_base(const fs::path& file, const SafetensorsFile& model) {
  const ModelInfo info = startable_info(model);
  Exec exec = Cpu();
  ParamStore params(exec);
  info.network.declare(params);
  std::vector<std::vector<Bf16>> data;
  std::vector<TensorOut> tensors;
  for (const Param& p : params.table()) {
    if (!info.network.prefix_b.empty() && p.name.starts_with(info.network.prefix_b)) continue;
    std::vector<Bf16>& narrow = data.emplace_back();
    for (const float value : read_weights(model, p.name, p.shape))
      narrow.push_back(from_float<Bf16>(value));
    tensors.push_back({p.name, "BF16", extents_of(p.shape), {}});
  }
  for (std::size_t i = 0; i < data.size(); ++i) tensors[i].data = std::as_bytes(std::span(data[i]));
  const LatentStats moments = load_latent_stats(model, "a");
  for (TensorOut& tensor : latent_tensors("a", moments)) tensors.push_back(std::move(tensor));
  std::map<std::string, std::string> metadata{{"format", kFormat},
                                              {"network", info.network.kind},
                                              {"sizes", info.network.settings},
                                              {"faces_seen", std::to_string(info.faces_seen)},
                                              {"version", CAMEO_VERSION}};
  const std::vector<std::string> notes = consent_notes(model);
  for (std::size_t i = 0; i < notes.size(); ++i)
    metadata[kConsent + std::to_string(i + 1)] = notes[i];
  write_safetensors(file, tensors, metadata);
}

void load_base(const SafetensorsFile& file, const Network& network, ParamStore& params) {
  const std::string wanted = text_of(network), in = network_in(file);
  check(in == wanted, ErrorCode::Format, file.path().string(), ": is of the network ", in,
        ", wanted ", wanted);
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const Param& p = params.table()[row];
    const std::string from = name_in(file, network, p.name);
    if (from != p.name && (network.prefix_a.empty() || !params.contains(from))) continue;
    if (is_of_mask_head(from) && !file.has(from)) continue;
    params.write(static_cast<int>(row), read_weights(file, from, p.shape).data());
  }
}

Network network_from(const fs::path& file, const Network& preset) {
  const SafetensorsFile base(file);
  return is_base(base) ? canonical(preset) : preset;
}

bool is_base_of(const fs::path& file, const Network& network) {
  try {
    return network_in(SafetensorsFile(file)) == text_of(network);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace cameo
