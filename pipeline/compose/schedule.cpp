// SPDX-License-Identifier: MIT
#include "pipeline/compose/schedule.h"

#include "pipeline/compose/options.h"

namespace cameo {
namespace {

void apply_settings(ComposeOptions& options, const ComposeRange& range) {
  for (const auto& [name, value] : range.settings) set_compose_option(options, name, value);
}

}  // namespace

ComposeSchedule::ComposeSchedule(ComposeOptions base, std::vector<ComposeRange> ranges)
    : base_(base), ranges_(std::move(ranges)) {
  all();
}

std::optional<ComposeOptions> ComposeSchedule::at(std::int64_t number, std::int64_t index) const {
  ComposeOptions options = base_;
  options.frame = index;
  bool skip = false;
  for (const ComposeRange& range : ranges_) {
    if (!in_ranges(range.frames, number)) continue;
    apply_settings(options, range);
    skip = range.skip;
  }
  if (skip) return {};
  return options;
}

std::vector<ComposeOptions> ComposeSchedule::all() const {
  std::vector<ComposeOptions> every{base_};
  for (const ComposeRange& range : ranges_) {
    ComposeOptions options = base_;
    apply_settings(options, range);
    if (!range.skip) every.push_back(options);
  }
  return every;
}

}  // namespace cameo
