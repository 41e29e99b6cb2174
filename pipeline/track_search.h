// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <functional>

#include "pipeline/clip_search.h"
#include "pipeline/face/finder.h"

namespace cameo {

/// Makes tracks of the faces that search_clip found in a video, with a second look at the frames
/// that show them best and at those where a face is missing: link_tracks, close_gap where both ends
/// look like one person, decide, sort_by_tracks. step: frames from one searched frame to the next.
/// go_on: asked after each of the `count` frames that are looked at; false ends it. If it did not
/// come to the end, `file` has the tracks of link_tracks.
SearchPass search_tracks(const std::filesystem::path& input, std::int64_t step, Finder& finder,
                         FacesFile& file,
                         const std::function<bool(std::int64_t done, std::int64_t count)>& go_on);

}  // namespace cameo
