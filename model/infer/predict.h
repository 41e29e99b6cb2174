// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>

#include "engine/exec.h"

namespace cameo {

/// Runs the whole network of a model (folder or file) on faces from a file, so that another program
/// can be compared. in: safetensors with x [N,S,S,3], BGR floats in 0..1. out: safetensors with z
/// [N,T,T,C], the encoder's features, and y_a, y_b [N,S,S,3], the images of both decoders. Returns
/// N. Throws Error: ErrorCode::Format if x is missing or does not fit the model; as load_weights
/// does.
int predict(Exec& exec, const std::filesystem::path& model, const std::filesystem::path& in,
            const std::filesystem::path& out);

}  // namespace cameo
