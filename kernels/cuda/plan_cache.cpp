// SPDX-License-Identifier: MIT
#include "kernels/cuda/plan_cache.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <system_error>

#include <nlohmann/json.hpp>

namespace cameo::kernels {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr const char* kVersionName = "cameo_plans";

std::map<std::string, std::string> read(const std::filesystem::path& file) {
  std::map<std::string, std::string> plans;
  std::ifstream in(file);
  if (!in) return plans;
  const Json all = Json::parse(in, nullptr, false);
  if (!all.is_object() || all.value(kVersionName, Json()) != Json(kVersion)) return plans;
  const auto table = all.find("plans");
  if (table == all.end() || !table->is_object()) return plans;
  for (const auto& [key, name] : table->items())
    if (name.is_string()) plans[key] = name.get<std::string>();
  return plans;
}

/// A name beside `file` that no other writer has at the same time.
std::filesystem::path beside(const std::filesystem::path& file) {
  static std::atomic<unsigned> count = 0;
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return file.string() + '.' + std::to_string(now) + '.' + std::to_string(count++);
}

void replace(const std::filesystem::path& file, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  const std::filesystem::path fresh = beside(file);
  std::ofstream out(fresh);
  out << text;
  out.close();
  if (out) std::filesystem::rename(fresh, file, error);
  if (!out || error) std::filesystem::remove(fresh, error);
}

}  // namespace

PlanCache::PlanCache(const std::filesystem::path& folder)
    : file_(folder.empty() ? folder : folder / "plans.json") {
  if (!file_.empty()) plans_ = read(file_);
}

std::optional<std::string> PlanCache::find(const std::string& key) const {
  const auto at = plans_.find(key);
  return at == plans_.end() ? std::nullopt : std::optional(at->second);
}

void PlanCache::note(const std::string& key, const std::string& name) {
  if (!file_.empty()) plans_ = read(file_);
  plans_[key] = name;
  if (file_.empty()) return;
  const Json all = {{kVersionName, kVersion}, {"plans", plans_}};
  replace(file_, all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<std::string> recall(std::map<std::string, std::string>& tuning,
                                  const PlanCache& cache, const std::string& key) {
  if (const auto at = tuning.find(key); at != tuning.end()) return at->second;
  auto name = cache.find(key);
  if (name) tuning[key] = *name;
  return name;
}

}  // namespace cameo::kernels
