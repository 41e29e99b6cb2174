// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <vector>

#include "base/staged_pipeline.h"
#include "pipeline/face/finder.h"

namespace cameo {

/// Frames from one detection to the next in a video of this rate, of which every n-th is searched.
int detection_step(double rate, int every_nth);

/// Mean difference of two thumbs (thumb_of), levels.
double difference_of(const cv::Mat& thumb, const cv::Mat& next);

/// Whether two neighbouring frames belong to different shots. thumbs: thumb_of.
bool is_cut(const cv::Mat& thumb, const cv::Mat& next);

/// Whether the second of them comes as suddenly as a cut to a picture that is framed alike, or as
/// something that covers a face: a cut if both show faces. before: difference_of the frame before
/// them to the first; infinite if it is not known.
bool is_sudden(const cv::Mat& thumb, const cv::Mat& next, double before);

/// A frame in grey, small, to compare it with the next: CV_8UC1, 32 x 32.
cv::Mat thumb_of(const cv::Mat& picture);

struct ClipSearchOptions {
  int every_nth = 1;
  int detect_every = 8;    ///< at least 1
  std::int64_t begin = 0;  ///< first frame to search; the frame before it only tells of a cut
};

/// What becomes of a frame: its faces, or why it has none.
struct SearchedFrame {
  FrameFaces faces;
  cv::Size size;  ///< of the frame
  double pixel_aspect = 1;
  std::string error;
};

/// A way through an input.
struct SearchPass {
  bool whole = false;  ///< it came to the end
  std::vector<StageReport> stages;
};

/// Searches a video's frames and hands them on in order, on the calling thread; the source is read
/// by another one, and the finder's workers are threads of their own. Frames that are multiples of
/// detect_every (counted in steps) and the ends of shots are searched by detection, those between
/// as search_interval does. done: false ends the search. Held at once are some intervals, of half a
/// gigabyte at most, or one.
SearchPass search_clip(FrameSource& source, Finder& finder, const ClipSearchOptions& options,
                       const std::function<bool(SearchedFrame)>& done);

}  // namespace cameo
