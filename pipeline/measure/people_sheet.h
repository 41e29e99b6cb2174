// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

#include "pipeline/face/faces_file.h"

namespace cameo {

/// What became of a track: "kept", "rejected", "borderline" or "borderline, rejected".
std::string word_of(const Track& track);

/// A track's number, person, distance and word_of, in one line.
std::string label_of(const Track& track);

/// Contact sheet of a video's people: a row for each track, kept ones first, then borderline and
/// rejected ones, the nearest to the wanted person first; `columns` faces spread over its time.
/// input: the video. Throws Error: ErrorCode::Input if there are no tracks or it cannot be read,
/// ErrorCode::Usage for columns below 1.
cv::Mat people_sheet(const FacesFile& file, const std::filesystem::path& input, int columns = 6);

}  // namespace cameo
