// SPDX-License-Identifier: MIT
#pragma once
// What tests of conversion share: inputs, a search and a network.
#include <filesystem>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/convert.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/scratch.h"

namespace cameo::test {

inline constexpr int kWidth = 160;
inline constexpr int kHeight = 120;

/// Frame number n, told by its brightness.
inline cv::Mat image(int n) {
  return {kHeight, kWidth, CV_8UC3, cv::Scalar::all(40 + 10 * n)};
}

inline void make_folder_of(const std::filesystem::path& folder, int count) {
  std::filesystem::create_directories(folder);
  for (int n = 0; n < count; ++n) {
    write_image(folder / ("shot3_" + std::to_string(n) + ".png"), image(n));
  }
}

inline void make_video_of(const std::filesystem::path& file, int count) {
  VideoWriter writer(file, {.crf = 1, .preset = "ultrafast"});
  for (int n = 0; n < count; ++n) writer.write(image(n));
  writer.finish();
}

inline Face middle_face() {
  return drawn_face({80, 60}, 60);
}

using FindFaces = std::function<FrameFaces(const Frame&)>;

/// A search that looks for faces by `find`, frame by frame.
inline SearchFaces searching(const FindFaces& find) {
  return [&find](const SearchOptions& options, FacesFile known, const SearchWatch& watch) {
    std::set<std::int64_t> listed;
    for (const FrameFaces& frame : known.frames) listed.insert(frame.index);
    const auto source = open_source(options.input, [&](std::int64_t index) {
      return options.choice(index) && !listed.contains(index);
    });
    while (auto frame = source->next()) {
      if (watch.progress && !watch.progress(frame->index + 1, source->count())) return known;
      if (!frame->error.empty()) continue;
      try {
        FrameFaces found = find(*frame);
        found.name = frame->name;
        found.index = frame->index;
        known.frames.push_back(std::move(found));
      } catch (const Error&) {
        throw;
      } catch (const std::exception& e) {
        known.unreadable.push_back({frame->name, frame_error(*frame, e), frame->index});
      }
    }
    known.searched = true;
    return known;
  };
}

/// Finds the same face in every frame but number 1.
inline FrameFaces find_face(const Frame& frame) {
  FrameFaces found{.name = frame.name, .index = frame.index};
  if (frame.index != 1) found.faces.push_back(middle_face());
  return found;
}

inline cv::Vec3b middle_of(const std::filesystem::path& file) {
  return read_image(file).at<cv::Vec3b>(kHeight / 2, kWidth / 2);
}

inline const cv::Vec3b kBlue(200, 40, 30);

/// A folder of four frames, or a video, and where its conversion goes.
struct Case {
  Scratch scratch;
  FakeSwapper swapper = constant_swapper({200, 40, 30});
  ConvertOptions options{
      .input = scratch / "in", .output = scratch / "out", .compose = {.color = ColorMatch::None}};
  ConvertReport run(const FindFaces& find = find_face, const ConvertWatch& watch = {}) {
    return convert(options, swapper, searching(find), watch);
  }
  std::filesystem::path out(int n) const {
    return options.output / ("shot3_" + std::to_string(n) + ".png");
  }
};

template <class Act>
ErrorCode fault_of(Act&& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.code();
  }
  FAIL("nothing was thrown");
  return ErrorCode::Failed;
}

}  // namespace cameo::test
