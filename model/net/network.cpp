// SPDX-License-Identifier: MIT
#include "model/net/network.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "engine/ops.h"
#include "model/net/autoencoder.h"

namespace cameo {

Network df(const std::string& settings);    // df.cpp
Network liae(const std::string& settings);  // liae.cpp

namespace {

/// A topology: its name in model files, and what makes a network of its settings.
struct Topology {
  std::string_view kind;
  Network (*make)(const std::string& settings);
};

constexpr const char* kCanonicalSetting = " canonical=1";

constexpr std::array kTopologies{
    Topology{
        kAutoencoder,
        [](const std::string& settings) { return autoencoder(autoencoder_settings(settings)); }},
    Topology{"df", df},
    Topology{"liae", liae},
};

}  // namespace

Encoded Network::encode(ParamStore& params, Value face, Side person) const {
  Layers layers(params, init, freeze_encoder ? encoder_prefixes : std::vector<std::string>());
  return encoder(layers, face, person);
}

Value Network::read_latent(ParamStore& params, Value latent) const {
  check(after_latent != nullptr, ErrorCode::Usage, "network: in ", kind,
        " each side has a latent of its own");
  Layers layers(params, init, freeze_encoder ? encoder_prefixes : std::vector<std::string>());
  return after_latent(layers, latent);
}

bool Network::is_frozen(const std::string& name) const {
  return freeze_encoder &&
         std::any_of(encoder_prefixes.begin(), encoder_prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

Decoded Network::decode(ParamStore& params, Value features, Side side) const {
  Layers layers(params, init, freeze_encoder ? encoder_prefixes : std::vector<std::string>());
  return decoder(layers, features, side);
}

void Network::declare(ParamStore& params) const {
  check(params.weights() == nullptr, "network: ", kind, " declared in an allocated store");
  Graph graph(params.exec(), params, Mode::Inference);  // never planned
  const Value face = graph.input({1, size, size, kColours});
  const Value features = encode(params, face, Side::A).features;
  if (sided) encode(params, face, Side::B);
  for (const Side side : {Side::A, Side::B}) decode(params, features, side);
  // One that no prefix names would be left untrained where the sides take turns.
  for (const Param& param : params.table()) {
    const auto begins = [&](const std::string& prefix) {
      return !prefix.empty() && param.name.starts_with(prefix);
    };
    const auto owners = std::count_if(shared_prefixes.begin(), shared_prefixes.end(), begins) +
                        (begins(prefix_a) ? 1 : 0) + (begins(prefix_b) ? 1 : 0);
    check(owners == 1, "network: ", kind, ": parameter ", param.name, " begins with ", owners,
          " of the network's prefixes, must begin with one");
  }
}

bool Network::has_trained_mask(const ParamStore& params, Side side) const {
  if (!has_mask) return false;
  const std::string& other = prefix(side == Side::A ? Side::B : Side::A);
  for (std::size_t row = 0; row < params.table().size(); ++row) {
    const std::string& name = params.table()[row].name;
    if (!name.ends_with(".mask2.bias") || (!other.empty() && name.starts_with(other))) continue;
    const std::vector<float> bias = params.read(static_cast<int>(row));
    if (std::any_of(bias.begin(), bias.end(), [](float b) { return b != 0; })) return true;
  }
  return false;
}

std::int64_t Network::parameters() const {
  Exec exec = Cpu();
  ParamStore params(exec);
  declare(params);
  return params.parameters();
}

bool is_canonical(const Network& network) {
  return network.settings.find(kCanonicalSetting) != std::string::npos;
}

Network canonical(const Network& network) {
  if (network.kind != "df" || is_canonical(network)) return network;
  Network made = cameo::network(network.kind, network.settings + kCanonicalSetting);
  made.init = network.init;
  return made;
}

Network without_canonical(const Network& network) {
  std::string settings = network.settings;
  if (const auto at = settings.find(kCanonicalSetting); at != std::string::npos)
    settings.erase(at, std::string(kCanonicalSetting).size());
  Network made = cameo::network(network.kind, settings);
  made.init = network.init;
  return made;
}

Network limited(const Network& network, int axes) {
  check(network.after_latent != nullptr, ErrorCode::Usage, "network: in ", network.kind,
        " each side has a latent of its own");
  Network made = network;
  made.shared_prefixes.emplace_back("limit.");
  made.after_latent = [after = network.after_latent, axes](Layers& layers, Value latent) {
    const int width = static_cast<int>(latent.shape().size() / latent.shape().n);
    const Value excess = leaky_relu(layers.dense(latent, kLatentExcess, 2 * axes), 0);
    return after(layers, add(latent, layers.dense(excess, kLatentBack, width)));
  };
  made.encoder = [encoder = network.encoder, after = made.after_latent](Layers& layers, Value face,
                                                                        Side person) {
    const Value latent = encoder(layers, face, person).latent;
    return Encoded{latent, after(layers, latent)};
  };
  return made;
}

Network network(const std::string& kind, const std::string& settings) {
  std::string kinds;
  for (const Topology& topology : kTopologies) {
    if (topology.kind == kind) {
      Network made = topology.make(settings);
      made.parameters();  // its layers throw if they cannot be
      return made;
    }
    kinds += (kinds.empty() ? "" : ", ") + std::string(topology.kind);
  }
  fail(ErrorCode::Format, "network: none is called ", kind, "; there are ", kinds,
       "; a newer Cameo may know it");
}

}  // namespace cameo
