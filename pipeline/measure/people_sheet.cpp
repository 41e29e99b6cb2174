// SPDX-License-Identifier: MIT
#include "pipeline/measure/people_sheet.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"
#include "pipeline/face/crop.h"
#include "pipeline/face/track.h"
#include "pipeline/measure/sheet.h"
#include "pipeline/media/pixel_depth.h"
#include "pipeline/media/source.h"

namespace cameo {
namespace {

std::string two_digits(double number) {
  return std::to_string(number).substr(0, 4);
}

/// Kept people first, then borderline and rejected ones; the nearest to the wanted person first.
std::vector<Track> in_order(const FacesFile& file) {
  std::vector<Track> tracks = file.tracks;
  const auto rank = [](const Track& track) {
    const int group = track.wanted == Wanted::Borderline ? 1 : track.kept ? 0 : 2;
    return std::tuple(group, track.person, track.distance.value_or(0), track.id);
  };
  std::sort(tracks.begin(), tracks.end(),
            [&](const Track& a, const Track& b) { return rank(a) < rank(b); });
  return tracks;
}

}  // namespace

std::string word_of(const Track& track) {
  if (track.wanted == Wanted::Borderline) return track.kept ? "borderline" : "borderline, rejected";
  return track.kept ? "kept" : "rejected";
}

std::string label_of(const Track& track) {
  std::string text = "track " + std::to_string(track.id);
  if (track.person >= 0) text += ", person " + std::to_string(track.person);
  if (track.distance) text += ", distance " + two_digits(*track.distance);
  return text + ", " + word_of(track);
}

cv::Mat people_sheet(const FacesFile& file, const std::filesystem::path& input, int columns) {
  check(!file.tracks.empty(), ErrorCode::Input, file.source,
        ": its faces file holds no tracks, as those of videos do");
  check(columns > 0, ErrorCode::Usage, "sheet: ", columns, " columns");
  FacesFile all = file;
  for (Track& track : all.tracks) track.kept = true;
  sort_by_tracks(all);
  std::map<std::int64_t, std::vector<const Face*>> wanted;
  std::map<int, std::vector<cv::Mat>> rows;
  for (const Showing& showing : best_showings(all, static_cast<std::size_t>(columns))) {
    const FrameFaces& frame = all.frames[showing.frame];
    wanted[frame.index].push_back(&frame.faces[showing.face]);
  }
  const auto source =
      open_source(input, [&](std::int64_t index) { return wanted.contains(index); });
  while (const auto frame = source->next()) {
    if (!frame->error.empty()) continue;
    for (const Face* face : wanted.at(frame->index))
      rows[face->track].push_back(
          crop_aligned(to_8_bit(frame->pixels), align_unit(face->landmarks, frame->pixel_aspect)));
  }
  const auto width = static_cast<std::size_t>(columns);
  std::vector<std::vector<cv::Mat>> cells;
  for (const Track& track : in_order(file)) {
    auto& row = cells.emplace_back(rows[track.id]);
    row.resize(width);
    if (row.front().empty()) row.front() = cv::Mat(kFaceSide, kFaceSide, CV_8UC3, cv::Scalar());
    constexpr double kScale = 0.4;
    constexpr int kBar = 16;
    cv::rectangle(row.front(), {0, 0, kFaceSide, kBar}, cv::Scalar(), cv::FILLED);
    cv::putText(row.front(), label_of(track), {2, kBar - 4}, cv::FONT_HERSHEY_SIMPLEX, kScale,
                cv::Scalar::all(255), 1, cv::LINE_AA);
  }
  std::vector<std::string> titles(width);
  titles.front() = "kept, borderline, rejected";
  return contact_sheet(titles, cells, {.cell = kFaceSide});
}

}  // namespace cameo
