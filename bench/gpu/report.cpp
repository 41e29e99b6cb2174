// SPDX-License-Identifier: MIT
#include "bench/gpu/report.h"

#include <cstdint>
#include <filesystem>
#include <unistd.h>

#include "bench/gpu/cases.h"
#include "bench/layers.h"
#include "bench/training.h"
#include "kernels/augment.h"
#include "model/data/image_file.h"
#include "model/train/trainer.h"

namespace cameo::bench {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::F32:
      return "float32";
    case Precision::Tf32:
      return "TF32";
    case Precision::Bf16:
      break;
  }
  return "bfloat16";
}

Json timed(Cuda& on, Patience patience, const Case& of) {
  const double seconds = seconds_of(on, patience, of.work);
  Json row{{"name", of.name}, {"seconds", seconds}, {"bytes_per_second", of.bytes / seconds}};
  if (of.flops > 0) row["flops_per_second"] = of.flops / seconds;
  return row;
}

/// Rows of a table, each with its share of a ceiling.
class Table {
 public:
  Table(Cuda& on, Patience patience, const char* what, double ceiling)
      : on_(on), patience_(patience), what_(what), ceiling_(ceiling) {}
  Use use() {
    return [this](const Case& of) {
      Json row = timed(on_, patience_, of);
      row["share_of_ceiling"] = row[what_].get<double>() / ceiling_;
      rows.push_back(row);
    };
  }
  Json rows = Json::array();

 private:
  Cuda& on_;
  Patience patience_;
  const char* what_;
  double ceiling_;
};

/// A joint step on images that lie there, and one that makes them from resident faces.
Json step(Exec& exec, const Wishes& wishes, int batch) {
  auto& on = std::get<Cuda>(exec);
  const auto learner = made_up_learner(exec, wishes.preset, batch);
  const int side = wishes.preset.network.size <= 128 ? 256 : 2 * wishes.preset.network.size;
  const std::size_t bytes = static_cast<std::size_t>(side) * side * 3 * batch;
  const Memory faces = on.allocate(bytes),
               chosen = on.allocate(static_cast<std::size_t>(batch) * sizeof(std::int32_t));
  const kernels::FaceBlock block{reinterpret_cast<const std::uint8_t*>(faces.get()), batch, side,
                                 wishes.preset.network.coverage / 256.0};
  const auto* list = reinterpret_cast<const std::int32_t*>(chosen.get());
  const auto steps = [&] {
    for (int i = 0; i < learner->steps_ahead(); ++i) learner->start_step();
    learner->losses();
  };
  const auto seconds = [&] {
    return seconds_with_host(on, wishes.patience.runs, steps) / learner->steps_ahead();
  };
  const double alone = seconds();
  learner->record([&](Side which) {
    const unsigned first = which == Side::A ? 0U : static_cast<unsigned>(batch);
    kernels::augment(on, block, list, {.seed = 1, .first_sample = first}, learner->face(which),
                     learner->target(which));
  });
  const double all = seconds();
  return {{"batch", batch},
          {"seconds", alone},
          {"seconds_with_augmentation", all},
          {"faces_per_second", 2 * batch / all},
          {"flops_per_second", step_flops(wishes.preset.network, joint(batch)) / alone}};
}

double seconds_to_draw(Exec& exec, const Preset& preset, int runs) {
  auto& on = std::get<Cuda>(exec);
  ParamStore params(exec);
  preset.network.declare(params);
  params.allocate(/*with_gradients=*/false);
  params.initialize(1);
  const auto drawing = made_up_drawing(exec, params, preset, 1);
  drawing->graph.forward();
  on.synchronize();
  const auto recording = on.record([&] { drawing->graph.forward(); });
  return seconds_with_host(on, 20 * runs, [&] { recording->replay(); });
}

/// From PNG files to a checkpoint, as `cameo train` does it.
Json train_from_files(Exec& exec, const Wishes& wishes) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("cameo-bench-" + std::to_string(getpid()));
  constexpr int kSide = 256, kFaces = 32;
  for (int face = 0; face < 2 * kFaces; ++face) {
    Pixels image{kSide, kSide, {}};
    for (int i = 0; i < kSide * kSide * 3; ++i)
      image.bgr.push_back(static_cast<std::uint8_t>((i / 7 * (face + 3) >> 6) & 0xFF));
    const fs::path to = folder / (face % 2 == 0 ? "a" : "b");
    fs::create_directories(to);
    write_png(to / (std::to_string(face) + ".png"), image);
  }
  const TrainReport report = train(exec, {.faces_a = {folder / "a"},
                                          .faces_b = {folder / "b"},
                                          .model = folder / "model",
                                          .preset = wishes.preset,
                                          .overrides = {.batch = wishes.batch},
                                          .iterations = wishes.iterations,
                                          .save_interval = wishes.iterations});
  fs::remove_all(folder);
  const double faces = 2.0 * wishes.batch * static_cast<double>(report.iteration);
  return {{"batch", wishes.batch},
          {"iterations", report.iteration},
          {"faces_per_second", faces / report.seconds},
          {"loss_a", report.loss_a},
          {"loss_b", report.loss_b}};
}

/// What this machine can do, and how near to it kernels and products come.
void measure_parts(Cuda& on, const Wishes& wishes, Json& all) {
  all["ceilings"] = Json::array();
  each_ceiling(
      on, [&](const Case& of) { all["ceilings"].push_back(timed(on, wishes.patience, of)); },
      wishes.side);
  const double copy = all["ceilings"][0]["bytes_per_second"],
               product = all["ceilings"][1]["flops_per_second"];
  Table kernels(on, wishes.patience, "bytes_per_second", copy);
  each_kernel(on, wishes.preset, wishes.batch, kernels.use());
  all["kernels"] = kernels.rows;
  Table products(on, wishes.patience, "flops_per_second", product);
  each_product(on, wishes.preset, wishes.batch, products.use());
  all["products"] = products.rows;
}

Json measure(const Wishes& wishes, Precision precision) {
  Exec exec = Cuda({.precision = precision});
  Json all{{"precision", name_of(precision)}};
  if (!wishes.steps_only) measure_parts(std::get<Cuda>(exec), wishes, all);
  all["steps"] = Json::array();
  for (const int batch : wishes.batches) {
    all["steps"].push_back(step(exec, wishes, batch));
    if (!wishes.on_step) continue;
    Json row{{"precision", name_of(precision)}};
    row.update(all["steps"].back());
    wishes.on_step(row);
  }
  all["draw_seconds"] = seconds_to_draw(exec, wishes.preset, wishes.patience.runs);
  if (!wishes.steps_only) all["training"] = train_from_files(exec, wishes);
  return all;
}

}  // namespace

nlohmann::ordered_json measure(const Wishes& wishes) {
  Json all{{"preset", wishes.preset.name}, {"results", Json::array()}};
  for (const Precision precision : wishes.precisions)
    all["results"].push_back(measure(wishes, precision));
  return all;
}

}  // namespace cameo::bench
