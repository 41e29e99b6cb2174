// SPDX-License-Identifier: MIT
#include "model/train/loss_monitor.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

namespace cameo {
namespace {

/// Whether a loss is beside the mean absolute errors, which have columns of their own.
bool is_extra(const std::string& name) {
  return name != "a" && name != "b";
}

}  // namespace

LossMonitor::LossMonitor(const std::filesystem::path& csv, std::int64_t iteration, Options options)
    : options_(std::move(options)),
      metrics_(csv, iteration, extra_names(options_)),
      a_(options_.max_rise, options_.start),
      b_(options_.max_rise, options_.start) {}

std::vector<std::string> LossMonitor::extra_names(const Options& options) {
  std::vector<std::string> extra;
  std::copy_if(options.names.begin(), options.names.end(), std::back_inserter(extra), is_extra);
  if (options.held) extra.insert(extra.end(), {"held_a", "held_b"});
  return extra;
}

std::optional<LossMonitor::Failure> LossMonitor::add(std::int64_t iteration,
                                                     std::int64_t faces_seen,
                                                     const Learner::Losses& losses,
                                                     double seconds) {
  const bool finite =
      std::all_of(losses.all.begin(), losses.all.end(), [](double x) { return std::isfinite(x); });
  if (!finite) return Failure{std::isfinite(losses.a) ? Side::B : Side::A, nullptr};
  if (a_.diverged(iteration, losses.a)) return Failure{Side::A, &a_};
  if (b_.diverged(iteration, losses.b)) return Failure{Side::B, &b_};
  sum_.a += losses.a;
  sum_.b += losses.b;
  sum_.all.resize(losses.all.size());
  for (std::size_t i = 0; i < losses.all.size(); ++i) sum_.all[i] += losses.all[i];
  ++sum_iterations_;
  sum_seconds_ += seconds;
  seconds_ += seconds;
  recent_ = recent_ == 0 ? seconds : 0.9 * recent_ + 0.1 * seconds;
  if (iteration % options_.interval == 0) end_row(iteration, faces_seen);
  return {};
}

void LossMonitor::end_row(std::int64_t iteration, std::int64_t faces_seen) {
  if (sum_iterations_ == 0) return;
  const auto count = static_cast<double>(sum_iterations_);
  Metrics::Row row{.iteration = iteration,
                   .faces_seen = faces_seen,
                   .loss_a = sum_.a / count,
                   .loss_b = sum_.b / count,
                   .seconds = metrics_.seconds() + sum_seconds_,
                   .faces_per_second = static_cast<double>(options_.faces) * count / sum_seconds_};
  for (std::size_t i = 0; i < sum_.all.size(); ++i)
    if (is_extra(options_.names[i])) row.extra.push_back(sum_.all[i] / count);
  row.extra.resize(extra_names(options_).size(), std::numeric_limits<double>::quiet_NaN());
  if (options_.held && !held_.empty()) std::copy(held_.begin(), held_.end(), row.extra.end() - 2);
  held_.clear();
  metrics_.add(row);
  sum_ = {};
  sum_seconds_ = 0;
  sum_iterations_ = 0;
}

}  // namespace cameo
