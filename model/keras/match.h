// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/tensor.h"
#include "model/keras/file.h"
#include "model/net/presets.h"

namespace cameo {

/// A layer of a Keras file: its two arrays.
struct KerasLayer {
  KerasArray kernel, bias;
};

/// An encoder or a decoder, its layers in the order of the model.
struct KerasPart {
  enum class Kind { Encoder, Decoder };
  Kind kind = Kind::Encoder;
  std::string file;
  std::vector<KerasLayer> layers;
};

/// What a part's kind is called in messages: "an encoder".
const char* name_of(KerasPart::Kind kind);

/// Takes arrays apart into encoders and decoders, by their shapes alone: an encoder begins with a
/// convolution of 3 channels and has two dense layers, a decoder ends in a convolution to 3
/// channels. layout Numbered: the place of the dense layers among the convolutions is not in the
/// file, and follows from the shapes too.
/// Throws Error (ErrorCode::Format) naming file and layer where that is not so.
std::vector<KerasPart> parts_of(const std::string& file, KerasFile::Layout layout,
                                const std::vector<KerasArray>& arrays);

/// One array and where it goes.
struct KerasRow {
  int part = 0;  ///< 0 encoder, 1 decoder A, 2 decoder B
  KerasArray array;
  std::string tensor;  ///< the parameter's name
  std::string status;  ///< "ok", or why it does not fit
};

/// The network that parts make.
struct KerasMatch {
  Preset preset;
  std::vector<KerasRow> rows;
  std::string problem;  ///< empty if all fit; else the first row that does not, for a message
};

/// Derives the sizes from the layers and compares every shape. The preset is one of presets() if
/// all sizes are its. encoder and decoders must be of these kinds.
KerasMatch match(const KerasPart& encoder, const KerasPart& decoder_a, const KerasPart& decoder_b);

/// A weight's shape as Keras has it: [H,W,I,O], or [I,O] of a dense layer, which is what is 1x1:
/// the topology has no such convolutions.
std::vector<std::int64_t> keras_shape(const Shape& weight);
/// Our weight [O,H,W,I] from Keras's kernel, [H,W,I,O] or [I,O]; flipped: by 180 degrees.
std::vector<float> from_keras(std::span<const float> kernel, Shape ours, bool flipped);
/// The inverse, without a turn.
std::vector<float> to_keras(std::span<const float> weight, Shape ours);

}  // namespace cameo
