// SPDX-License-Identifier: MIT
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include <nlohmann/json.hpp>

#include "engine/safetensors.h"
#include "model/file/model_file.h"
#include "model/net/presets.h"
#include "model/train/checkpoint.h"
#include "model/train/learner.h"
#include "model/train/recipe.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/image_stages.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct InfoOptions {
  std::string what;
  int batch = 0;
  bool program = false;
  std::string c2pa;
};

/// The ops that render one face, one line each, as the graph prints them.
Json recorded(ParamStore& params, const Network& network) {
  Graph graph(params.exec(), params, Mode::Inference);
  const Value face = graph.input({1, network.size, network.size, 3});
  network.decode(params, network.encode(params, face).features, Side::A);
  std::istringstream lines(graph.print());
  Json program = Json::array();
  for (std::string line; std::getline(lines, line);) program.push_back(line);
  return program;
}

Recipe recipe_of(const Preset& preset) {
  return recipe_of_preset(preset.name).value_or(Recipe{});
}

/// Bytes that joint training by the preset's recipe allocates, without allocating them.
Json training_memory(Exec& exec, const Preset& preset, int batch) {
  Recipe recipe = recipe_of(preset);
  recipe.batch = batch;
  const LearnerMemory memory =
      Learner::plan_memory(exec, {.network = preset.network, .recipe = recipe, .masks = true});
  const auto held = static_cast<double>(memory.weights + memory.gradients + memory.moments);
  const auto total = static_cast<double>(memory.total());
  return {{"batch", batch},
          {"weights_gradients_moments_bytes", held},
          {"activations_bytes", total - held},
          {"sum_bytes", total}};
}

Json describe_preset(const Preset& preset, const InfoOptions& options) {
  Exec exec = Cpu();
  ParamStore params(exec);
  preset.network.declare(params);
  Json all{{"kind", "preset"},
           {"name", preset.name},
           {"about", preset.about},
           {"face_size", preset.network.size},
           {"learning_rate", recipe_of(preset).rate},
           {"parameters", params.parameters()},
           {"tensors", Json::array()}};
  for (const Param& param : params.table()) {
    const Shape& s = param.shape;
    all["tensors"].push_back(
        {{"name", param.name}, {"shape", {s.n, s.h, s.w, s.c}}, {"elements", s.size()}});
  }
  if (options.program) all["program"] = recorded(params, preset.network);
  if (options.batch > 0) all["training_memory"] = training_memory(exec, preset, options.batch);
  return all;
}

/// Whether a file begins as safetensors does: 8 bytes of length, then JSON.
bool is_safetensors(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  in.seekg(8);
  return in.get() == '{' || file.extension() == ".safetensors";
}

/// What people ask of a model first.
Json describe_model(const SafetensorsFile& file, const ModelInfo& info) {
  Json all{{"preset", info.preset},
           {"face_size", info.network.size},
           {"iteration", info.iteration},
           {"faces_seen", info.faces_seen},
           {"canonical", is_canonical(info.network)}};
  if (!info.mode.empty())
    if (const auto recipe = read_training_state(file).recipe)
      all["encoder"] = recipe->freeze_encoder ? "frozen" : "trained";
  const bool moments = load_latent_stats(file, "a") && load_latent_stats(file, "b");
  const bool ranges = load_latent_range(file, "a") && load_latent_range(file, "b");
  all["latent_statistics"] = !moments ? "none" : ranges ? "moments and ranges" : "moments";
  return all;
}

Json describe_safetensors(const fs::path& file) {
  const SafetensorsFile tensors(file);
  Json all{{"kind", "safetensors"}, {"name", file.string()}, {"bytes", fs::file_size(file)}};
  try {
    if (tensors.metadata().contains("preset")) {
      const ModelInfo info = read_model_info(tensors);
      all["parameters"] = info.parameters;
      all["model"] = describe_model(tensors, info);
    }
  } catch (const Error& e) {
    all["problem"] = e.what();
  }
  all["metadata"] = tensors.metadata();
  all["tensors"] = Json::array();
  for (const auto& [name, entry] : tensors.tensors()) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : entry.shape) elements *= extent;
    all["tensors"].push_back(
        {{"name", name}, {"dtype", entry.dtype}, {"shape", entry.shape}, {"elements", elements}});
  }
  return all;
}

bool is_preset(const std::string& name) {
  for (const Preset& known : presets())
    if (known.name == name) return true;
  return false;
}

std::string preset_names() {
  std::string names;
  for (const Preset& known : presets())
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

Json describe(const InfoOptions& options) {
  const fs::path path = options.what;
  // A file called like a preset is asked for as ./original.
  if (is_preset(options.what)) return describe_preset(preset(options.what), options);
  check(fs::exists(path), ErrorCode::Input, options.what,
        ": no such file, and no preset (there are ", preset_names(), ")");
  if (fs::exists(path / kModelFile)) return describe_safetensors(path / kModelFile);
  if (is_safetensors(path)) return describe_safetensors(path);
  if (auto media = describe_media(path, options.c2pa)) return *std::move(media);
  fail(ErrorCode::Format, options.what,
       ": not a model, image, video or faces file that this build reads");
}

std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : json_text(value, -1);
}

void print_value(std::ostream& out, const std::string& key, const Json& value) {
  const bool bytes = key.ends_with("_bytes") && value.is_number();
  const bool large = value.is_number_integer() && value.get<std::int64_t>() > 9999;
  out << key << ": ";
  if (bytes)
    out << human_bytes(value.get<double>()) << '\n';
  else
    out << (large ? thousands(value.get<std::int64_t>()) : plain(value)) << '\n';
}

/// Single values as lines, then the table of tensors, then the program.
std::string for_people(const Json& all) {
  std::ostringstream out;
  for (const auto& [key, value] : all.items()) {
    if (key == "tensors" || key == "program") continue;
    if (!value.is_object()) {
      print_value(out, key, value);
      continue;
    }
    for (const auto& [inner, item] : value.items()) print_value(out, key + '.' + inner, item);
  }
  if (!all.contains("tensors")) return out.str();
  std::vector<std::vector<std::string>> rows{{"tensor", "shape", "elements"}};
  for (const auto& tensor : all["tensors"])
    rows.push_back({tensor["name"], plain(tensor["shape"]),
                    thousands(tensor["elements"].get<std::int64_t>())});
  out << '\n' << table(rows);
  if (!all.contains("program")) return out.str();
  out << "\nto render one face (A):\n";
  for (const auto& line : all["program"]) out << plain(line) << '\n';
  return out.str();
}

}  // namespace

int info_command(Args args) {
  InfoOptions options;
  Flags flags("info", "Shows the layers of a preset (" + preset_names() +
                          "), or what a model, faces file, image or video holds.");
  flags.add("what", &options.what, "Preset, model folder or file").required();
  flags
      .add("-b,--batch", &options.batch,
           "Of a preset: plan training with so many faces of each side")
      .range(0, 4096);
  flags.add("--program", &options.program, "Of a preset: list the recorded operations");
  flags
      .add("--c2pa", &options.c2pa,
           "Library libc2pa_c that checks an image's or video's C2PA manifest, as verify takes it")
      .not_empty();
  return flags.run(args, [&](Log&) {
    const Json all = describe(options);
    std::cout << (flags.common().json ? json_text(all) + '\n' : for_people(all));
    return Exit::Ok;
  });
}

}  // namespace cameo
