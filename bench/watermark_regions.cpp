// SPDX-License-Identifier: MIT
#include "bench/watermark_regions.h"

#include <algorithm>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "bench/watermark_reading.h"
#include "pipeline/mark/residual.h"
#include "synth/random_actor.h"
#include "synth/render.h"

namespace cameo::bench {
namespace {

constexpr int kFrames = 30;
constexpr int kFeather = 8;  // pixels over which a box fades out
constexpr int kWhole = 0;    // growth of a box that is the frame

/// The face's box grown about its middle; kWhole: all of the frame.
cv::Rect box_of(const cv::Mat& face, int growth) {
  const cv::Rect frame({}, face.size());
  if (growth == kWhole) return frame;
  const cv::Rect box = cv::boundingRect(face);
  const cv::Size more(box.width * (growth - 1), box.height * (growth - 1));
  return cv::Rect(box.tl() - cv::Point(more.width / 2, more.height / 2), box.size() + more) & frame;
}

/// The marked frame inside a box, the original outside.
cv::Mat inside(const cv::Mat& marked, const cv::Mat& original, const cv::Rect& box) {
  if (box.size() == original.size()) return marked.clone();
  cv::Mat weight = cv::Mat::zeros(original.size(), CV_32FC1);
  weight(box).setTo(1);
  cv::blur(weight, weight, {2 * kFeather + 1, 2 * kFeather + 1});
  cv::Mat difference;
  cv::subtract(marked, original, difference, cv::noArray(), CV_32FC3);
  const cv::Mat channels[] = {weight, weight, weight};
  cv::Mat weights;
  cv::merge(channels, 3, weights);
  cv::Mat out;
  cv::add(original, difference.mul(weights), out, cv::noArray(), CV_8UC3);
  return out;
}

struct Way {
  int growth = kWhole;
  std::vector<Reading> jpeg, single, pooled;
  double area = 0, ratio = 0;  // share of the frame, dB; sums
};

void try_way(Way& way, const Clip& clip, const std::vector<cv::Mat>& faces,
             const WatermarkPayload& payload) {
  const Carriers carriers(kPublicMarkKey);
  Watermark watermark(payload, kPublicMarkKey, MarkedMedium::Video);
  std::vector<cv::Mat> frames;
  for (std::size_t i = 0; i < clip.frames.size(); ++i) {
    cv::Mat marked = clip.frames[i].clone();
    watermark.embed(marked);
    const cv::Rect box = box_of(faces[i], way.growth);
    frames.push_back(inside(marked, clip.frames[i], box));
    if (i > 0) continue;
    way.area += static_cast<double>(box.area()) / static_cast<double>(marked.total());
    way.ratio += psnr(frames[0], clip.frames[0]);
  }
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", frames[0], bytes, {cv::IMWRITE_JPEG_QUALITY, 30});
  way.jpeg.push_back(read(mark_residual(cv::imdecode(bytes, cv::IMREAD_COLOR)), payload, carriers));
  const std::vector<cv::Mat> after = coded(frames, 28);
  cv::Mat sum = mark_residual(after[0]);
  way.single.push_back(read(sum, payload, carriers));
  for (std::size_t i = 1; i < after.size(); ++i) sum += mark_residual(after[i]);
  way.pooled.push_back(read(sum, payload, carriers));
}

std::vector<cv::Mat> faces_of(std::uint64_t seed, cv::Size size, float zoom) {
  std::vector<cv::Mat> out;
  const synth::Actor actor = synth::random_actor(seed);
  for (int i = 0; i < kFrames; ++i) {
    synth::Performance now = synth::scene(seed, i, {.motion = synth::Motion::Clip});
    now.pose.scale *= zoom;
    out.push_back(synth::region(actor, now, synth::Region::Face,
                                {.width = size.width, .height = size.height}));
  }
  return out;
}

}  // namespace

void regions(TableReport& report, int count) {
  for (const cv::Size size : {cv::Size(854, 480), cv::Size(1920, 1080)}) {
    std::vector<Way> ways{{.growth = 1}, {.growth = 2}, {.growth = 3}, {.growth = kWhole}};
    for (int i = 0; i < count; ++i) {
      const std::uint64_t seed = 300 + static_cast<std::uint64_t>(i);
      const float zoom = i % 2 == 0 ? 1.0F : 0.5F;
      const Clip clip = drawn_clip(seed, kFrames, size, zoom);
      const std::vector<cv::Mat> faces = faces_of(seed, size, zoom);
      for (Way& way : ways) try_way(way, clip, faces, payload_of(seed));
    }
    for (Way& way : ways) {
      const std::string box =
          way.growth == kWhole ? "the frame" : std::to_string(way.growth) + " times the face's box";
      begin_readings(report, std::to_string(count) + " clips of " + std::to_string(size.width) +
                                 " x " + std::to_string(size.height) + ", marked in " + box + ", " +
                                 number("%.0f", 100 * way.area / count) + " % of it, PSNR " +
                                 number("%.1f", way.ratio / count) + " dB");
      add_readings(report, "JPEG quality 30, first frame", way.jpeg);
      add_readings(report, "x264 crf 28, first frame", way.single);
      add_readings(report, "x264 crf 28, 30 frames", way.pooled);
    }
  }
}

}  // namespace cameo::bench
