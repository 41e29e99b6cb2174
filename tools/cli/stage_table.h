// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "base/staged_pipeline.h"

namespace cameo {

/// A table of the stages of a run, a line each: threads, items, items a second while at work,
/// seconds of work and of waiting, and the share of the threads' time that was work. The stage
/// with the largest share is what limits the run. seconds: of the whole run.
std::string stage_table(std::span<const StageReport> stages, double seconds);

/// The same as a list of objects.
nlohmann::ordered_json stage_json(std::span<const StageReport> stages, double seconds);

}  // namespace cameo
