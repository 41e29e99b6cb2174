// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "model/net/side.h"

namespace cameo {

struct DfmOptions {
  Side side = Side::B;                     ///< the decoder to use; B puts B's face into A's images
  bool match_latents = false;              ///< as SwapperOptions::match_latents
  std::vector<std::string> consents = {};  ///< SHA-256 of the model's consent notes
};

/// Writes a model (folder or file) as a DFM file, the ONNX model that DeepFaceLive reads.
/// Input "in_face:0" [N,S,S,3], BGR in 0..1: the square of a face of the person in the frames.
/// Outputs, in this order: "out_face_mask:0" [N,S,S,1], the mask of that face;
/// "out_celeb_face:0" [N,S,S,3], BGR in 0..1, the other person's face; "out_celeb_face_mask:0"
/// [N,S,S,1], its mask. Masks are in 0..1, and ones where the network has no mask head.
/// metadata_props name the network, the square's size and the consents. Any N; equal models make
/// equal bytes. Throws Error: as load_network, write_graph and OnnxModel::save do;
/// ErrorCode::Format if latents shall be matched and the model holds no LatentStats. Source:
/// DeepFaceLab's export of SAEHD and DeepFaceLive's reader, by description.
void export_dfm(const std::filesystem::path& model, const std::filesystem::path& file,
                const DfmOptions& options = {});

}  // namespace cameo
