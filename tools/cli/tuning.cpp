// SPDX-License-Identifier: MIT
#include "tools/cli/tuning.h"

#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "kernels/conv2d.h"
#include "kernels/system_info.h"
#include "tools/cli/machine.h"

namespace cameo {
namespace {

using Json = nlohmann::json;

/// What the choice depends on.
std::string here(const Exec& exec) {
  if (!std::holds_alternative<Cpu>(exec)) {
    const GpuReport report = query_gpus();
    std::string name = std::visit([](const auto& on) { return on.about(); }, exec);
    for (const GpuReport::Gpu& gpu : report.gpus) name += ", " + gpu.name;
    for (const LibraryVersion& library : report.libraries)
      name += ", " + library.name + " " + library.version;
    return name;
  }
  const Machine machine = query_machine();
  std::string name = machine.cpu + ", " + std::to_string(machine.cores) + " cores";
  for (const LibraryVersion& library : kernel_libraries())
    name += ", " + library.name + " " + library.version;
  name += ',';
  for (const std::string& way : kernels::conv2d_algorithms()) name += ' ' + way;
  return name;
}

Json read_all(const std::filesystem::path& file) {
  std::ifstream in(file);
  const Json all = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  return all.is_object() ? all : Json::object();
}

}  // namespace

std::filesystem::path tuning_file() {
  return models_folder().parent_path() / "ways.json";
}

void recall_tuning(Exec& exec, const std::filesystem::path& file) {
  const Json all = read_all(file);
  const auto table = all.find(here(exec));
  if (table == all.end() || !table->is_object()) return;
  for (const auto& item : table->items())
    if (item.value().is_string())
      run(exec,
          [&](auto& on) { on.tuning[item.key()] = item.value().template get<std::string>(); });
}

void keep_tuning(const Exec& exec, const std::filesystem::path& file) {
  Json all = read_all(file);
  std::visit([&](const auto& on) { all[here(exec)].update(Json(on.tuning)); }, exec);
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  // Written aside and renamed, so that two trainings that end at once leave one whole file.
  const std::filesystem::path aside = file.string() + ".new" + std::to_string(::getpid());
  if (!(std::ofstream(aside) << all.dump(1) << '\n')) return;
  std::filesystem::rename(aside, file, ignored);
}

}  // namespace cameo
