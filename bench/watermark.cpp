// SPDX-License-Identifier: MIT
// Robustness, invisibility, false positives and cost of the watermark, as tables in Markdown:
// kUsage. Everything but the times is the same for the same arguments.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "bench/usage.h"
#include "bench/watermark_attacks.h"
#include "bench/watermark_reading.h"
#include "bench/watermark_regions.h"
#include "bench/watermark_report.h"
#include "pipeline/mark/residual.h"
#include "pipeline/mark/watermark_detector.h"
#include "pipeline/media/image.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"

namespace cameo::bench {
namespace {

constexpr const char* kUsage =
    "usage: cameo-bench-watermark [OPTION...] [PATH...]\n"
    "  --drawn N     marked drawn pictures, half actors, half textures [200]\n"
    "  --clips N     drawn clips [4]\n"
    "  --frames N    frames of each clip [24]\n"
    "  --unmarked N  pictures for false positives [5000]\n"
    "  --regions N   drawn clips that are marked in a part of the frame only [0]\n"
    "  --json FILE   the tables as JSON\n"
    "A PATH is an image, a folder of images or a video: images join the tables as a set of their\n"
    "own, videos the clips, and with them half of the unmarked pictures are random parts of "
    "images\n"
    "and frames.";

struct Options {
  int drawn = 200, clips = 4, frames = 24, unmarked = 5000, regions = 0;
  std::filesystem::path json;
  std::vector<std::filesystem::path> paths;
};

using Pictures = std::function<cv::Mat(std::uint64_t number)>;

/// The attacks on `count` pictures.
void robustness(TableReport& report, const std::string& title, int count, const Pictures& picture) {
  const Carriers carriers(kPublicMarkKey);
  const auto size = static_cast<std::size_t>(count);
  std::vector<std::vector<Reading>> readings(attacks().size(), std::vector<Reading>(size));
  std::vector<double> ratios(size);
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < size; ++i) {
    const cv::Mat original = picture(i);
    cv::Mat marked = original.clone();
    Watermark(payload_of(i)).embed(marked);
    ratios[i] = psnr(original, marked);
    for (std::size_t j = 0; j < attacks().size(); ++j) {
      const cv::Mat attacked = attacks()[j].apply(marked, i);
      if (!can_be_marked(attacked.size())) continue;
      readings[j][i] = read(mark_residual(attacked), payload_of(i), carriers);
    }
  }
  const double mean = std::accumulate(ratios.begin(), ratios.end(), 0.0) / count;
  begin_readings(report, title + ": " + std::to_string(count) + " pictures, PSNR " +
                             number("%.2f", mean) + " dB, least " +
                             number("%.2f", *std::min_element(ratios.begin(), ratios.end())));
  for (std::size_t j = 0; j < attacks().size(); ++j)
    add_readings(report, attacks()[j].name, readings[j]);
}

std::vector<cv::Mat> halved(const std::vector<cv::Mat>& frames) {
  std::vector<cv::Mat> out;
  for (const cv::Mat& frame : frames) {
    cv::Mat small;
    cv::resize(frame, small, {frame.cols / 4 * 2, frame.rows / 4 * 2}, 0, 0, cv::INTER_AREA);
    out.push_back(small);
  }
  return out;
}

/// Videos by x264, read from one frame and from all of them.
void clips(TableReport& report, const std::vector<Clip>& all, const std::string& title) {
  const Carriers carriers(kPublicMarkKey);
  std::vector<std::vector<Reading>> one(4);
  std::vector<std::vector<Reading>> pooled(4);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Watermark watermark(payload_of(i), kPublicMarkKey, MarkedMedium::Video);
    std::vector<cv::Mat> frames;
    for (const cv::Mat& frame : all[i].frames) {
      frames.push_back(frame.clone());
      watermark.embed(frames.back());
    }
    const std::vector<cv::Mat> versions[] = {coded(frames, 18), coded(frames, 23),
                                             coded(frames, 28), coded(halved(frames), 23)};
    for (std::size_t j = 0; j < 4; ++j) {
      if (!can_be_marked(versions[j].front().size())) continue;
      cv::Mat sum = mark_residual(versions[j].front());
      one[j].push_back(read(sum, payload_of(i), carriers));
      for (std::size_t k = 1; k < versions[j].size(); ++k) sum += mark_residual(versions[j][k]);
      pooled[j].push_back(read(sum, payload_of(i), carriers));
    }
  }
  begin_readings(report, title + ": " + std::to_string(all.size()));
  const char* const names[] = {"x264 crf 18", "x264 crf 23", "x264 crf 28", "half size, crf 23"};
  for (std::size_t j = 0; j < 4; ++j) {
    add_readings(report, std::string(names[j]) + ", first frame", one[j]);
    add_readings(report, std::string(names[j]) + ", all frames", pooled[j]);
  }
}

/// Probability that noise passes the error correction (0.014) and has the version
/// (1 of 256).
constexpr double kNoiseReads = 5.5e-5;
/// Probability that noise passes kUncroppedMarkThreshold, in the best of eight places.
constexpr double kNoiseUncropped = 2.5e-4;

/// Results on pictures that bear no mark, and how likely one is found by a Gumbel distribution
/// fitted to the scores by their moments: a score is the greatest of many correlations.
void false_positives(TableReport& report, const std::string& title, int count,
                     const Pictures& picture) {
  std::vector<WatermarkResult> results(static_cast<std::size_t>(count));
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = detect_watermark(picture(i));
  double sum = 0;
  double squares = 0;
  double greatest = 0;
  int found = 0;
  int passed = 0;  // the threshold for readable ones
  for (const WatermarkResult& result : results) {
    sum += result.score;
    squares += result.score * result.score;
    greatest = std::max(greatest, result.score);
    found += result.found ? 1 : 0;
    passed += result.score >= kMarkThreshold ? 1 : 0;
  }
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  const double beta = deviation * std::sqrt(6.0) / std::numbers::pi;
  const double mode = mean - std::numbers::egamma * beta;
  const auto tail = [&](double score) { return -std::expm1(-std::exp((mode - score) / beta)); };
  const double most =
      (tail(kMarkThreshold) + kNoiseUncropped) * kNoiseReads + tail(kSureMarkThreshold);
  report.row({title, std::to_string(count), std::to_string(found), std::to_string(passed),
              number("%.3f", mean), number("%.3f", deviation), number("%.2f", greatest),
              number("%.1e", tail(kMarkThreshold)), number("%.1e", tail(kSureMarkThreshold)),
              number("%.1e", most)});
}

template <class F>
double milliseconds(int runs, const F& f) {
  std::vector<double> all;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    all.push_back(taken.count());
  }
  std::nth_element(all.begin(), all.begin() + runs / 2, all.end());
  return all[static_cast<std::size_t>(runs) / 2];
}

void cost(TableReport& report) {
  report.table("", {"on one core, medians", "embed, ms", "add to a detector, ms", "search, ms"});
  for (const cv::Size size : {cv::Size(854, 480), cv::Size(1920, 1080), cv::Size(3840, 2160)}) {
    cv::Mat frame;
    cv::resize(drawn_actor(1), frame, size, 0, 0, cv::INTER_CUBIC);
    Watermark watermark(payload_of(0));
    watermark.embed(frame);
    const double embed = milliseconds(25, [&] { watermark.embed(frame); });
    WatermarkDetector unmarked(1);
    const double add = milliseconds(9, [&] { unmarked.add(frame); });
    const double search = milliseconds(3, [&] { unmarked.result(); });
    report.row({std::to_string(size.width) + " x " + std::to_string(size.height),
                number("%.2f", embed), number("%.1f", add), number("%.0f", search)});
  }
}

Options options_of(const std::vector<std::string>& words) {
  Options out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    int* const number = words[i] == "--drawn"      ? &out.drawn
                        : words[i] == "--clips"    ? &out.clips
                        : words[i] == "--frames"   ? &out.frames
                        : words[i] == "--unmarked" ? &out.unmarked
                        : words[i] == "--regions"  ? &out.regions
                                                   : nullptr;
    if (number == nullptr && words[i] != "--json") {
      check(!words[i].starts_with('-'), ErrorCode::Usage, "unknown option ", words[i], "\n",
            kUsage);
      out.paths.emplace_back(words[i]);
      continue;
    }
    check(i + 1 < words.size(), ErrorCode::Usage, words[i], ": a value is missing");
    const std::string& value = words[++i];
    if (number == nullptr)
      out.json = value;
    else
      *number = std::stoi(value);
  }
  return out;
}

void run(TableReport& report, const Options& options) {
  std::vector<cv::Mat> images;
  std::vector<Clip> given;
  for (const std::filesystem::path& path : options.paths) {
    if (is_video_name(path)) {
      given.push_back({path.filename().string(), read_video(path, options.frames)});
      continue;
    }
    const auto source = open_source(path);
    while (const std::optional<Frame> frame = source->next()) {
      if (frame->error.empty() && can_be_marked(frame->pixels.size()))
        images.push_back(frame->pixels);
    }
  }
  cost(report);
  const auto drawn = [](std::uint64_t i) { return i % 2 == 0 ? drawn_actor(i) : drawn_picture(i); };
  if (options.drawn > 0) robustness(report, "Drawn", options.drawn, drawn);
  if (!images.empty()) {
    robustness(report, "Given", static_cast<int>(images.size()),
               [&](std::uint64_t i) { return images[static_cast<std::size_t>(i)]; });
  }
  std::vector<Clip> drawn_clips;
  drawn_clips.reserve(static_cast<std::size_t>(std::max(options.clips, 0)));
  for (int i = 0; i < options.clips; ++i)
    drawn_clips.push_back(
        drawn_clip(100 + static_cast<std::uint64_t>(i), options.frames, {640, 360}));
  if (!drawn_clips.empty()) clips(report, drawn_clips, "Drawn clips");
  if (!given.empty()) clips(report, given, "Given clips");
  if (options.regions > 0) regions(report, options.regions);
  if (options.unmarked <= 0) return;
  report.table(
      "", {"unmarked", "pictures", "found", number("score >= %.1f", kMarkThreshold), "mean score",
           "deviation", "greatest", number("fitted: >= %.1f", kMarkThreshold),
           number("fitted: >= %.1f", kSureMarkThreshold), "fitted: found"});
  for (const Clip& clip : given) {
    for (std::size_t i = 0; i < clip.frames.size(); i += 8) images.push_back(clip.frames[i]);
  }
  const int half = images.empty() ? options.unmarked : options.unmarked / 2;
  false_positives(report, "drawn", half,
                  [](std::uint64_t i) { return drawn_picture(1'000'000 + i); });
  if (images.empty()) return;
  false_positives(report, "given", options.unmarked - half, [&](std::uint64_t i) {
    return random_part(images[static_cast<std::size_t>(i) % images.size()], i);
  });
}

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) {
  try {
    if (cameo::bench::help_asked(argc, argv, cameo::bench::kUsage)) return 0;
    cv::setNumThreads(1);
    const std::vector<std::string> words(argv + 1, argv + argc);
    const cameo::bench::Options options = cameo::bench::options_of(words);
    cameo::bench::TableReport report;
    cameo::bench::run(report, options);
    std::string command = "cameo-bench-watermark";
    for (const std::string& word : words) command += " " + word;
    if (!options.json.empty()) report.write_json(options.json, command);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
