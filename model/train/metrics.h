// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cameo {

/// Training metrics as a CSV table: one row per report interval, with a header line:
/// iteration,faces_seen,loss_a,loss_b,seconds,faces_per_second, then a column for each loss beside
/// the mean absolute errors ("dssim_a").
class Metrics {
 public:
  struct Row {
    std::int64_t iteration = 0;
    std::int64_t faces_seen = 0;    ///< images trained on so far, both sides together
    double loss_a = 0, loss_b = 0;  ///< means since the row before
    double seconds = 0;             ///< of training so far, over all runs
    double faces_per_second = 0;    ///< since the row before, both sides together
    std::vector<double> extra{};    ///< means of the other losses; NaN where the table had none
  };

  /// Opens the table for going on from `iteration`: rows after it, and a last row that a crash cut
  /// short, are dropped. An empty path: no file. extra: names of the other losses; columns that the
  /// file has beyond those stay, behind them, and new rows leave them empty. Throws Error
  /// (ErrorCode::Input) if the file cannot be read or written.
  Metrics(std::filesystem::path csv, std::int64_t iteration, std::vector<std::string> extra = {});

  /// Adds a row, on the disk as well.
  void add(Row row);
  const std::vector<Row>& rows() const { return rows_; }
  double seconds() const { return rows_.empty() ? 0 : rows_.back().seconds; }

  /// Plots the losses over the iterations as an SVG image: a panel of the mean absolute errors, and
  /// one of each other kind of loss.
  void write_plot(const std::filesystem::path& svg) const;

 private:
  std::filesystem::path csv_;
  std::vector<std::string> extra_;
  std::vector<Row> rows_;
};

}  // namespace cameo
