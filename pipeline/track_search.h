// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <functional>

#include "pipeline/face/finder.h"

namespace cameo {

/// Makes tracks of the faces that search_clip found in a video, with a second look at the frames
/// that show them best and at those where a face is missing: link_tracks, close_gap where both ends
/// look like one person, decide, sort_by_tracks. step: frames from one searched frame to the next.
/// go_on: asked after each frame that is looked at; false ends it. Returns whether it came to the
/// end; if not, `file` is spoilt.
bool search_tracks(const std::filesystem::path& input, std::int64_t step, Finder& finder,
                   FacesFile& file, const std::function<bool()>& go_on);

}  // namespace cameo
