// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "bench/watermark_report.h"
#include "pipeline/mark/watermark_detector.h"

namespace cameo::bench {

struct Clip {
  std::string name;
  std::vector<cv::Mat> frames;
};

/// Payload of the picture or clip with a number.
WatermarkPayload payload_of(std::uint64_t number);

/// PSNR of 8-bit BGR pictures, dB.
double psnr(const cv::Mat& a, const cv::Mat& b);

/// What the detector made of one marked picture or clip.
struct Reading {
  double score = 0;
  bool tried = false;  ///< not if too little was left to look for a watermark
  bool found = false, right = false;
  bool wrong = false;  ///< another payload than the one embedded
  int bit_errors = 0;  ///< of 127, before correction
};

/// Reads the sum of residuals (mark_residual).
Reading read(const cv::Mat& residuals, const WatermarkPayload& payload, const Carriers& carriers);

/// Begins a table of readings.
void begin_readings(TableReport& report, const std::string& title);

/// A row of it, if any was tried.
void add_readings(TableReport& report, const std::string& name, std::vector<Reading> readings);

/// The first frames of a video.
std::vector<cv::Mat> read_video(const std::filesystem::path& file, int frames);

/// Frames after encoding by x264 and decoding.
std::vector<cv::Mat> coded(const std::vector<cv::Mat>& frames, int crf);

/// A rendered clip of one actor. zoom: size of the actor, 1 for scene()'s.
Clip drawn_clip(std::uint64_t seed, int frames, cv::Size size, float zoom = 1);

}  // namespace cameo::bench
