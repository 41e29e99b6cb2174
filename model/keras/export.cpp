// SPDX-License-Identifier: MIT
#include "model/keras/export.h"

#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "model/file/model_file.h"
#include "model/keras/file.h"
#include "model/keras/match.h"
#include "model/net/autoencoder.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kParts{"encoder", "decoder_A", "decoder_B"};

/// The layers of a part as Keras would hold them, named by class and number.
class Exporter {
 public:
  Exporter(const ParamStore& params, KerasFormat format) : params_(params), format_(format) {}

  std::vector<KerasLayerOut> layers(const std::string& prefix) {
    if (format_ == KerasFormat::V3) convolutions_ = denses_ = 0;  // each file counts for itself
    std::vector<KerasLayerOut> all;
    for (std::size_t row = 0; row + 1 < params_.table().size(); row += 2) {
      const Param& weight = params_.table()[row];
      if (!weight.name.starts_with(prefix)) continue;
      KerasLayerOut layer{.kernel_shape = keras_shape(weight.shape)};
      const bool dense = layer.kernel_shape.size() == 2;
      layer.layer = dense ? name("dense", denses_) : name("conv2d", convolutions_);
      layer.kernel = to_keras(params_.read(static_cast<int>(row)), weight.shape);
      layer.bias = params_.read(static_cast<int>(row + 1));
      all.push_back(std::move(layer));
    }
    return all;
  }

 private:
  /// Keras 2 counts from 1 over all models, Keras 3 leaves out the first number of each.
  std::string name(const std::string& kind, int& counter) const {
    const int number = format_ == KerasFormat::H5 ? ++counter : counter++;
    return number == 0 ? kind : kind + "_" + std::to_string(number);
  }

  const ParamStore& params_;
  KerasFormat format_;
  int convolutions_ = 0, denses_ = 0;
};

}  // namespace

std::vector<fs::path> export_keras(const fs::path& model, const fs::path& folder,
                                   KerasFormat format, const std::vector<std::string>& consents) {
  Exec exec = Cpu();
  ParamStore params(exec);
  const Network network = load_network(SafetensorsFile(model_file(model)), params);
  check(network.kind == kAutoencoder, ErrorCode::Usage, model.string(), ": is a network of kind ",
        network.kind, ", which has no counterpart in Keras; only ", kAutoencoder, " has");
  std::error_code error;
  fs::create_directories(folder, error);
  check(fs::is_directory(folder), ErrorCode::Input, folder.string(),
        ": cannot make this folder: ", error.message());
  Exporter exporter(params, format);
  const bool h5 = format == KerasFormat::H5;
  const std::array<std::string, 3> prefixes{network.shared_prefixes[0], network.prefix_a,
                                            network.prefix_b};
  std::vector<fs::path> files;
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    files.push_back(folder / (std::string(kParts[i]) + (h5 ? ".h5" : ".weights.h5")));
    write_keras_file(files.back(), h5 ? KerasFile::Layout::Named : KerasFile::Layout::Numbered,
                     exporter.layers(prefixes[i]), consents);
  }
  return files;
}

}  // namespace cameo
