// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "kernels/system_info.h"

namespace cameo {

/// The libraries that read, find and write images: OpenCV, dlib, libav's parts.
std::vector<LibraryVersion> media_library_versions();

}  // namespace cameo
