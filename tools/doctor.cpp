// SPDX-License-Identifier: MIT
#include <iostream>

#include <nlohmann/json.hpp>

#include "kernels/about.h"
#include "tools/commands.h"
#include "tools/flags.h"
#include "tools/machine.h"
#include "tools/pictures.h"
#include "tools/text.h"

namespace cameo {
namespace {

using Json = nlohmann::ordered_json;

Json findings() {
  const Machine machine = look_around();
  Json all;
  all["version"] = CAMEO_VERSION;
  all["compiler"] = __VERSION__;
  all["picture_stages"] = !picture_commands().empty();
  all["system"] = machine.system;
  all["cpu"] = {
      {"model", machine.cpu}, {"cores", machine.cores}, {"instruction_sets", machine.isa}};
  all["memory"] = {{"bytes", machine.memory}, {"free_bytes", machine.free_memory}};
  all["devices"] =
      Json::array({{{"name", "cpu"}, {"about", machine.cpu}, {"precision", "float32"}}});
  std::vector<LibraryVersion> libraries = kernel_libraries();
  for (LibraryVersion& library : picture_libraries()) libraries.push_back(std::move(library));
  all["libraries"] = Json::array();
  for (const LibraryVersion& library : libraries)
    all["libraries"].push_back(
        {{"name", library.name}, {"version", library.version}, {"note", library.note}});
  all["models"]["folder"] = models_folder().string();
  all["models"]["writable"] = is_writable(models_folder());
  all["models"]["files"] = Json::array();
  for (const ForeignModel& file : foreign_models())
    all["models"]["files"].push_back({{"name", file.name},
                                      {"found", file.found.string()},
                                      {"for", file.purpose},
                                      {"sha256", file.sha256},
                                      {"terms", file.terms}});
  return all;
}

std::string joined(const Json& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : " ") + word.get<std::string>();
  return line;
}

std::string models_for_people(const Json& models) {
  std::string text;
  bool missing = false;
  for (const auto& file : models["files"]) {
    const std::string found = file["found"];
    missing = missing || found.empty();
    text += (found.empty() ? "  missing  " : "  found    ") + file["name"].get<std::string>() +
            "\n           for " + file["for"].get<std::string>() + "; " +
            file["terms"].get<std::string>() + '\n';
    text += found.empty() ? "           sha256 " + file["sha256"].get<std::string>() + '\n'
                          : "           " + found + '\n';
  }
  if (missing)
    text += "  `weights/fetch.sh` fetches what is missing, or put the files there yourself: " +
            models["folder"].get<std::string>() +
            (models["writable"].get<bool>() ? "\n" : " (not writable)\n");
  return text;
}

std::string for_people(const Json& all) {
  const Json& cpu = all["cpu"];
  const auto bytes = [&](const char* key) { return human_bytes(all["memory"][key].get<double>()); };
  std::string text =
      "cameo " + all["version"].get<std::string>() + ", built with g++ " +
      all["compiler"].get<std::string>() +
      (all["picture_stages"].get<bool>() ? "" : ", without the picture stages") + "\nsystem   " +
      all["system"].get<std::string>() + "\ncpu      " + cpu["model"].get<std::string>() + ", " +
      std::to_string(cpu["cores"].get<int>()) + " cores: " + joined(cpu["instruction_sets"]) +
      "\nmemory   " + bytes("bytes") + ", " + bytes("free_bytes") +
      " free\ndevices  cpu (float32)\n\n" + "libraries\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& library : all["libraries"])
    rows.push_back(
        {"  " + library["name"].get<std::string>(), library["version"], library["note"]});
  text += table(rows);
  if (!all["models"]["files"].empty())
    text += "\nmodel files of others\n" + models_for_people(all["models"]);
  return text;
}

}  // namespace

int doctor_command(Args args) {
  Flags flags("doctor", "Shows what this build and this machine can do.");
  return flags.run(args, [&](Log&) {
    const Json all = findings();
    std::cout << (flags.common().json ? all.dump(2) + '\n' : for_people(all));
    return Exit::Ok;
  });
}

}  // namespace cameo
