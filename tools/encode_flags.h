// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include "pipeline/media/video_writer.h"
#include "tools/cli/flags.h"

namespace cameo {

/// Adds the options of an encoded output: codec, quality, streams to copy. They are stored in
/// `encode`, the suffix of single images in `image_format`.
void add_encode_flags(Flags& flags, VideoWriterOptions& encode, std::string& image_format);

}  // namespace cameo
