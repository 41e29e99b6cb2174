// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <vector>

namespace cameo {

/// What Keras files are written.
enum class KerasFormat {
  H5,  ///< encoder.h5, decoder_A.h5, decoder_B.h5: for load_weights of Keras 2, tf.keras, Keras 3
  V3,  ///< encoder.weights.h5, ...: for load_weights of Keras 2.13 and later
};

/// Writes a model's weights into a folder, which is made if missing; returns the files. Any model
/// of the same layers in Keras loads them: Conv2D and Dense, each with its bias, in the order of
/// Network::declare. consents: SHA-256 of the model's consent notes, which the files keep. Throws
/// Error as load_weights and write_keras_file do.
std::vector<std::filesystem::path> export_keras(const std::filesystem::path& model,
                                                const std::filesystem::path& folder,
                                                KerasFormat format,
                                                const std::vector<std::string>& consents = {});

}  // namespace cameo
