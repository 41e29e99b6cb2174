// SPDX-License-Identifier: MIT
#include <iomanip>
#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/version.h"
#include "kernels/system_info.h"
#include "tools/cli/flags.h"
#include "tools/cli/machine.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/image_stages.h"

namespace cameo {
namespace {

using Json = nlohmann::ordered_json;

/// Adds the GPUs to the list of devices, or why there are none.
void add_gpus(Json& all) {
  const GpuReport report = query_gpus();
  for (const GpuReport::Gpu& gpu : report.gpus)
    all["devices"].push_back({{"name", "cuda:" + std::to_string(gpu.device)},
                              {"about", gpu.name + ", compute capability " + gpu.capability},
                              {"precision", "bfloat16, TF32, float32"},
                              {"memory_bytes", gpu.memory},
                              {"free_bytes", gpu.free_memory}});
  all["cuda"] = {{"architectures", report.architectures},
                 {"driver", report.driver},
                 {"why_none", report.why_none}};
  for (const LibraryVersion& library : report.libraries)
    all["libraries"].push_back(
        {{"name", library.name}, {"version", library.version}, {"note", library.note}});
}

Json inspect_machine() {
  const Machine machine = query_machine();
  Json all;
  all["version"] = CAMEO_VERSION;
  all["compiler"] = __VERSION__;
  all["image_stages"] = !image_commands().empty();
  all["system"] = machine.system;
  all["cpu"] = {
      {"model", machine.cpu}, {"cores", machine.cores}, {"instruction_sets", machine.isa}};
  all["memory"] = {{"bytes", machine.memory}, {"free_bytes", machine.free_memory}};
  all["devices"] =
      Json::array({{{"name", "cpu"},
                    {"about", machine.cpu},
                    {"precision", has_bf16_products() ? "bfloat16, float32" : "float32"}}});
  std::vector<LibraryVersion> libraries = kernel_libraries();
  for (LibraryVersion& library : image_libraries()) libraries.push_back(std::move(library));
  all["libraries"] = Json::array();
  for (const LibraryVersion& library : libraries)
    all["libraries"].push_back(
        {{"name", library.name}, {"version", library.version}, {"note", library.note}});
  add_gpus(all);
  all["models"]["folder"] = models_folder().string();
  all["models"]["writable"] = is_writable(models_folder());
  all["models"]["files"] = Json::array();
  for (const ForeignModel& file : foreign_models())
    all["models"]["files"].push_back({{"name", file.name},
                                      {"found", file.found.string()},
                                      {"problem", file.problem},
                                      {"for", file.purpose},
                                      {"sha256", file.sha256},
                                      {"terms", file.terms}});
  return all;
}

std::string word(const Json& value) {
  return value.get<std::string>();
}

void print_models(std::ostream& out, const Json& models) {
  bool missing = false;
  out << "\nthird-party model files\n";
  for (const auto& file : models["files"]) {
    const std::string found = word(file["found"]), problem = word(file["problem"]);
    missing = missing || found.empty();
    std::string state = "found    ", about = found;
    if (found.empty()) {
      state = "missing  ";
      about = "sha256 " + word(file["sha256"]);
    } else if (!problem.empty()) {
      state = "damaged  ";
      about = problem;
    }
    out << "  " << state << word(file["name"]) << "\n           for " << word(file["for"]) << "; "
        << word(file["terms"]) << "\n           " << about << '\n';
  }
  if (!missing) return;
  out << "  `weights/fetch.sh` (installed: share/cameo/fetch-models) fetches missing files to "
         "$CAMEO_MODELS, here "
      << word(models["folder"]) << (models["writable"].get<bool>() ? "" : " (not writable)")
      << '\n';
}

void print_devices(std::ostream& out, const Json& all) {
  for (const auto& device : all["devices"]) {
    out << ' ' << word(device["name"]) << " (" << word(device["precision"]) << ')';
    if (device.contains("memory_bytes"))
      out << ' ' << word(device["about"]) << ", "
          << human_bytes(device["memory_bytes"].get<double>()) << ", "
          << human_bytes(device["free_bytes"].get<double>()) << " free";
    out << "\n        ";
  }
  const Json& cuda = all["cuda"];
  if (!word(cuda["why_none"]).empty()) out << " no GPU: " << word(cuda["why_none"]);
  if (!word(cuda["architectures"]).empty()) {
    out << (word(cuda["why_none"]).empty() ? " " : "; ") << "built for "
        << word(cuda["architectures"]);
    if (!word(cuda["driver"]).empty()) out << ", driver for CUDA " << word(cuda["driver"]);
  }
  out << '\n';
}

std::string as_text(const Json& all) {
  const Json& cpu = all["cpu"];
  const Json& memory = all["memory"];
  std::ostringstream out;
  out << "cameo " << word(all["version"]) << ", built with g++ " << word(all["compiler"])
      << (all["image_stages"].get<bool>() ? "" : ", without the image stages") << "\nsystem   "
      << word(all["system"]) << "\ncpu      " << word(cpu["model"]) << ", " << cpu["cores"]
      << " cores:";
  for (const auto& set : cpu["instruction_sets"]) out << ' ' << word(set);
  out << "\nmemory   " << human_bytes(memory["bytes"].get<double>()) << ", "
      << human_bytes(memory["free_bytes"].get<double>()) << " free\ndevices ";
  print_devices(out, all);
  out << "\nlibraries\n";
  for (const auto& library : all["libraries"])
    out << "  " << std::left << std::setw(12) << word(library["name"]) << ' ' << std::setw(10)
        << word(library["version"]) << ' ' << word(library["note"]) << '\n';
  if (!all["models"]["files"].empty()) print_models(out, all["models"]);
  return out.str();
}

}  // namespace

int doctor_command(Args args) {
  Flags flags("doctor", "Shows what this build and this machine support.");
  return flags.run(args, [&](Log&) {
    const Json all = inspect_machine();
    std::cout << (flags.common().json ? json_text(all) + '\n' : as_text(all));
    return Exit::Ok;
  });
}

}  // namespace cameo
