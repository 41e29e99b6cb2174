// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/net/side.h"
#include "model/train/divergence.h"
#include "model/train/learner.h"
#include "model/train/metrics.h"

namespace cameo {

/// Watches the losses of a training: sums them up to rows of metrics.csv, measures speed, and says
/// when training has failed.
class LossMonitor {
 public:
  struct Options {
    std::vector<std::string> names;  ///< of all losses; the last ones may come in a later phase
    bool held = false;               ///< whether there are held-out faces
    std::int64_t interval = 10;      ///< iterations to a row
    std::int64_t faces = 0;          ///< of an iteration, both sides together
    double max_rise = 3;             ///< as DivergenceDetector's
    DivergenceDetector::Start start = DivergenceDetector::Start::Initial;
  };
  /// Why training cannot go on: a loss that is not finite, or one that diverges.
  struct Failure {
    Side side;
    const DivergenceDetector* diverged;  ///< nullptr: it is not finite
  };

  /// Opens the table for going on from `iteration`. Throws Error as Metrics does.
  LossMonitor(const std::filesystem::path& csv, std::int64_t iteration, Options options);

  /// Takes the losses of an iteration that took so many seconds. faces_seen: after it.
  std::optional<Failure> add(std::int64_t iteration, std::int64_t faces_seen,
                             const Learner::Losses& losses, double seconds);
  /// Takes the mean absolute errors of held-out faces, for the next row.
  void add_held(double a, double b) { held_ = {a, b}; }
  /// Writes the row that has begun, if one has.
  void end_row(std::int64_t iteration, std::int64_t faces_seen);

  double seconds_per_iteration() const { return recent_; }  ///< lately
  double seconds() const { return seconds_; }               ///< of all iterations added
  const Metrics& metrics() const { return metrics_; }

 private:
  static std::vector<std::string> extra_names(const Options& options);

  Options options_;
  Metrics metrics_;
  DivergenceDetector a_, b_;
  Learner::Losses sum_;       ///< since the last row
  std::vector<double> held_;  ///< of A and B; empty where they were not measured
  double sum_seconds_ = 0;
  std::int64_t sum_iterations_ = 0;
  double recent_ = 0, seconds_ = 0;
};

}  // namespace cameo
