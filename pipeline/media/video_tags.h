// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <map>
#include <string>

namespace cameo {

/// Metadata of a video file as a whole (title, comment, encoder), by libav's keys in lower case.
/// Throws Error (ErrorCode::Input) naming the file if it is no video.
std::map<std::string, std::string> video_tags(const std::filesystem::path& file);

}  // namespace cameo
