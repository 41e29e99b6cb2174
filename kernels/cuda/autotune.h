// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "kernels/cuda/context.h"
#include "kernels/cuda/plan_cache.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Milliseconds on the device that one run takes, the median of ten after three that warm up.
float milliseconds(Cuda& on, const std::function<void()>& run);

/// The fastest of `count` ways (at least one): the number with the least time(number). A way whose
/// time() throws Error is passed over; if all do, the first one's error is thrown.
std::size_t fastest(std::size_t count, const std::function<float(std::size_t)>& time);

/// Ends the key of whatever is chosen by timing: device, precision, determinism, library.
std::string key_tail(Cuda& on, const std::string& library);

/// An array of `elements` for trial runs, filled with numbers that are ordinary in either type.
Memory made_up(Cuda& on, std::int64_t elements, DType dtype);

/// How elements are stored at a precision.
inline DType stored_as(Precision precision) {
  return precision == Precision::Bf16 ? DType::BF16 : DType::F32;
}

/// Takes one of several ways of computing one thing. find(name) yields the way of that name, made
/// ready, or nothing; ways() yields the likeliest ways made ready, the likeliest first, at least
/// one; name_of(way) its name; run(way) runs it once. on.forced_algorithm, on.tuning and the cache
/// are asked before anything is timed, and told what was found.
template <class Find, class Ways, class Name, class Run>
auto choose(Cuda& on, const std::string& key, Find find, Ways ways, Name name_of, Run run) {
  PlanCache cache(on.options().cache);
  const auto wish =
      on.forced_algorithm.empty() ? recall(on.tuning, cache, key) : on.forced_algorithm;
  if (wish)
    if (auto way = find(*wish)) return std::move(*way);
  auto candidates = ways();
  std::size_t best = 0;
  const bool timed =
      on.options().time_plans && on.forced_algorithm.empty() && candidates.size() > 1;
  if (timed)
    best = fastest(candidates.size(),
                   [&](std::size_t i) { return milliseconds(on, [&] { run(candidates[i]); }); });
  on.tuning[key] = name_of(candidates[best]);
  if (timed) cache.note(key, on.tuning[key]);
  return std::move(candidates[best]);
}

}  // namespace cameo::kernels
