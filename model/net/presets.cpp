// SPDX-License-Identifier: MIT
#include "model/net/presets.h"

#include <string>

#include "base/error.h"
#include "model/net/autoencoder.h"

namespace cameo {
namespace {

Network with_init(Network network, Init init) {
  network.init = init;
  return network;
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {.name = "original",
       .about = "the article's network, 82 million parameters: GPUs, or patience",
       .network = autoencoder({.down = {128, 256, 512, 1024}, .decoder = {256, 128, 64}})},
      {.name = "lowmem",
       .about = "one convolution fewer and half the latent: 61 million parameters",
       .network = autoencoder({.down = {128, 256, 512}, .latent = 512, .decoder = {256, 128, 64}})},
      {.name = "light",
       .about = "trains on a laptop's CPU in minutes; the whole face, but softer",
       .network = autoencoder({.down = {32, 64, 128, 256},
                               .latent = 256,
                               .inner = 256,
                               .up = {128, 64},
                               .decoder = {48, 32},
                               .coverage = 224,
                               .init = Init::HeUniform})},
      {.name = "light128",
       .about = "128 pixels, from a base that knows many faces: minutes on a laptop",
       .network =
           with_init(network("df",
                             "size=128 down=48,96,192,384 down_residual=1,2,3 latent=256 inner=256 "
                             "up=128,64 decoder=48,32 coverage=224 unshuffle=1 residual=0 "
                             "mask=16"),
                     Init::HeUniform),
       .has_base = true},
      {.name = "hd128",
       .about = "128 pixels, residual decoders, 50 million parameters: GPUs",
       .network = network("df",
                          "size=128 down=64,128,256,512 latent=256 inner=256 up=256 "
                          "decoder=512,256,128 coverage=224 norm=1 mask=32")},
      {.name = "hd256",
       .about = "256 pixels, residual decoders, 69 million parameters: GPUs",
       .network = network("df",
                          "size=256 down=64,128,256,512,512 latent=320 inner=320 "
                          "decoder=512,256,128,64 coverage=224 down_residual=1,5 norm=1 mask=32")},
  };
  return all;
}

const Preset& preset(std::string_view name) {
  std::string names;
  for (const Preset& p : presets()) {
    if (p.name == name) return p;
    names += (names.empty() ? "" : ", ") + p.name;
  }
  fail(ErrorCode::Usage, "preset: there is none called ", name, "; there are ", names);
}

Preset preset_of(const Network& network) {
  for (const Preset& known : presets())
    if (known.network == network) return known;
  return {.name = "custom", .about = "settings of its own", .network = network};
}

}  // namespace cameo
