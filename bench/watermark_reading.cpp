// SPDX-License-Identifier: MIT
#include "bench/watermark_reading.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unistd.h>

#include "base/random.h"
#include "pipeline/media/video.h"
#include "pipeline/media/video_writer.h"
#include "synth/random_actor.h"
#include "synth/render.h"

namespace cameo::bench {

WatermarkPayload payload_of(std::uint64_t number) {
  Random random(number, 1U << 20U);
  const std::uint64_t high = random.bits();
  return {.asset = (high << 32U | random.bits()) & kMostAsset};
}

double psnr(const cv::Mat& a, const cv::Mat& b) {
  const double mse = cv::norm(a, b, cv::NORM_L2SQR) / static_cast<double>(a.total() * 3);
  return 10 * std::log10(255.0 * 255.0 / std::max(mse, 1e-9));
}

Reading read(const cv::Mat& residuals, const WatermarkPayload& payload, const Carriers& carriers) {
  const WatermarkResult result = read_watermark(residuals, carriers);
  const std::array<float, kBchLength> soft = read_bits(residuals, carriers, result.placement);
  const BchWord word = bch_encode(pack(payload));
  Reading out{.score = result.score,
              .tried = true,
              .found = result.found,
              .right = result.payload == payload,
              .wrong = result.payload && result.payload != payload};
  for (std::size_t i = 0; i < kBchLength; ++i) out.bit_errors += (soft[i] < 0) != word[i] ? 1 : 0;
  return out;
}

void begin_readings(TableReport& report, const std::string& title) {
  report.table(title, {"attack", "found, %", "payload right, %", "payload wrong, %",
                       "bit errors, mean", "most", "score, median", "least"});
}

void add_readings(TableReport& report, const std::string& name, std::vector<Reading> readings) {
  std::erase_if(readings, [](const Reading& one) { return !one.tried; });
  if (readings.empty()) return;
  const auto count = static_cast<double>(readings.size());
  const auto share = [&](auto member) {
    const auto those = std::count_if(readings.begin(), readings.end(), member);
    return number("%.1f", 100 * static_cast<double>(those) / count);
  };
  double errors = 0;
  int most = 0;
  for (const Reading& one : readings) {
    errors += one.bit_errors;
    most = std::max(most, one.bit_errors);
  }
  std::sort(readings.begin(), readings.end(),
            [](const Reading& a, const Reading& b) { return a.score < b.score; });
  report.row({name, share([](const Reading& r) { return r.found; }),
              share([](const Reading& r) { return r.right; }),
              share([](const Reading& r) { return r.wrong; }), number("%.1f", errors / count),
              std::to_string(most), number("%.1f", readings[readings.size() / 2].score),
              number("%.1f", readings.front().score)});
}

std::vector<cv::Mat> read_video(const std::filesystem::path& file, int frames) {
  std::vector<cv::Mat> out;
  VideoReader reader(file);
  while (static_cast<int>(out.size()) < frames) {
    std::optional<VideoReader::Image> image = reader.next();
    if (!image) break;
    out.push_back(image->pixels);
  }
  return out;
}

std::vector<cv::Mat> coded(const std::vector<cv::Mat>& frames, int crf) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("cameo-bench-watermark-" + std::to_string(getpid()) + ".mp4");
  VideoWriter writer(file, {.crf = crf});
  for (const cv::Mat& frame : frames) writer.write(frame);
  writer.finish();
  std::vector<cv::Mat> out = read_video(file, static_cast<int>(frames.size()));
  std::filesystem::remove(file);
  return out;
}

Clip drawn_clip(std::uint64_t seed, int frames, cv::Size size, float zoom) {
  Clip out{"drawn " + std::to_string(seed), {}};
  const synth::Actor actor = synth::random_actor(seed);
  for (int i = 0; i < frames; ++i) {
    synth::Performance now = synth::scene(seed, i, {.motion = synth::Motion::Clip});
    now.pose.scale *= zoom;
    out.frames.push_back(synth::render(actor, now, {.width = size.width, .height = size.height}));
  }
  return out;
}

}  // namespace cameo::bench
