// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "kernels/about.h"

namespace cameo {

/// The libraries that read, find and write pictures: OpenCV, dlib, libav's parts.
std::vector<LibraryVersion> picture_stage_libraries();

}  // namespace cameo
