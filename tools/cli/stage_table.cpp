// SPDX-License-Identifier: MIT
#include "tools/cli/stage_table.h"

#include <algorithm>
#include <vector>

#include "tools/cli/text.h"

namespace cameo {
namespace {

double share_of(const StageReport& stage, double seconds) {
  return seconds > 0 ? stage.busy / (seconds * std::max(stage.threads, 1)) : 0;
}

double rate_of(const StageReport& stage) {
  return stage.busy > 0 ? static_cast<double>(stage.items) * stage.threads / stage.busy : 0;
}

}  // namespace

std::string stage_table(std::span<const StageReport> stages, double seconds) {
  std::vector<std::vector<std::string>> rows{
      {"stage", "threads", "items", "items/s", "busy s", "waiting s", "busy %"}};
  for (const StageReport& stage : stages)
    rows.push_back({stage.name, std::to_string(stage.threads), std::to_string(stage.items),
                    fixed(rate_of(stage), 1), fixed(stage.busy, 2), fixed(stage.waiting, 2),
                    fixed(100 * share_of(stage, seconds), 0)});
  return table(rows);
}

nlohmann::ordered_json stage_json(std::span<const StageReport> stages, double seconds) {
  auto all = nlohmann::ordered_json::array();
  for (const StageReport& stage : stages)
    all.push_back({{"stage", stage.name},
                   {"threads", stage.threads},
                   {"items", stage.items},
                   {"items_per_second", rate_of(stage)},
                   {"busy_seconds", stage.busy},
                   {"waiting_seconds", stage.waiting},
                   {"busy_share", share_of(stage, seconds)}});
  return all;
}

}  // namespace cameo
