// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>

#include "engine/params.h"
#include "engine/safetensors.h"
#include "model/net/network.h"

namespace cameo {

/// A base is a file of weights that new models start from (transfer learning): those that both
/// persons share and those of one decoder, in bfloat16. Both persons begin with the same decoder,
/// since decoders that have grown apart keep what they have learnt of other faces.

/// Writes the base of a trained model: its shared layers, its decoder of A, and the moments of A's
/// latents, which load_latent_stats(file, "a") reads. Throws Error:
/// ErrorCode::Input if a file cannot be read or written, ErrorCode::Format if `model` is no model.
void save_base(const std::filesystem::path& file, const SafetensorsFile& model);

/// Fills every parameter from a base, or from a model as from its base. A parameter of B is
/// A's of the same name, or what it was where A has none; so are those of a mask head that the file
/// lacks, for which it is no other network. What makes the encoder canonical is the base's own
/// inter and decoder, unless the file has it. Throws Error (ErrorCode::Format) if the file is of
/// another network, or damaged; `params` is then undefined.
void load_base(const SafetensorsFile& file, const Network& network, ParamStore& params);

/// The network of a new model of a preset that starts from a base and keeps its encoder: with
/// canonical=1 if the file is a base, whose decoder renders one person for everybody's faces.
/// Throws Error (ErrorCode::Input, ErrorCode::Format) if it cannot be read.
Network network_from(const std::filesystem::path& file, const Network& preset);

/// Whether the file is a base or model of this network; never throws.
bool is_base_of(const std::filesystem::path& file, const Network& network);

}  // namespace cameo
