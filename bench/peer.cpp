// SPDX-License-Identifier: MIT
// What compare_torch.py runs beside PyTorch: cameo-bench-peer PRESET BATCH FOLDER [f32|bf16]
//
// Writes weights and a batch into the folder, says so in a line, then answers lines from stdin:
// step -> seconds loss_a loss_b (before the update); draw -> seconds; peak -> FLOP/s.
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "base/error.h"
#include "base/idle_threads.h"
#include "bench/layers.h"
#include "bench/roofline.h"
#include "bench/training.h"
#include "bench/usage.h"
#include "engine/safetensors.h"

namespace cameo::bench {
namespace {

TensorOut tensor(const std::string& name, ConstView view) {
  const Shape s = view.shape;
  const auto floats = std::span(view.f32(), static_cast<std::size_t>(s.size()));
  return {name, "F32", {s.n, s.h, s.w, s.c}, std::as_bytes(floats)};
}

class Peer {
 public:
  Peer(const Preset& preset, int batch, const std::filesystem::path& folder, Precision precision)
      : exec_(cpu_in(precision)), learner_(made_up_learner(exec_, preset, batch)) {
    ParamStore& params = learner_->params();
    drawing_ = made_up_drawing(exec_, params, preset, 1);
    drawing_->graph.forward();
    std::vector<TensorOut> weights;
    for (const Param& row : params.table())
      weights.push_back(tensor(row.name, params.weight(params.find(row.name))));
    write_safetensors(folder / "weights.safetensors", weights, {});
    write_safetensors(
        folder / "batch.safetensors",
        {tensor("face_a", learner_->face(Side::A)), tensor("face_b", learner_->face(Side::B)),
         tensor("target_a", learner_->target(Side::A)),
         tensor("target_b", learner_->target(Side::B)),
         tensor("one_face", drawing_->graph.value(drawing_->face)),
         tensor("one_drawn", drawing_->graph.value(drawing_->image))},
        {});
    const Roofline& ceilings = roofline();
    std::printf("{\"threads\": %d, \"instructions\": \"%s\", \"step\": %.0f, \"draw\": %.0f}\n",
                ceilings.threads, ceilings.instructions, step_flops(preset.network, joint(batch)),
                forward_flops(preset.network, {}));
  }

  void answer(const std::string& line) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    if (line == "step") {
      const auto losses = learner_->step();
      std::printf("%.9f %.9f %.9f\n", seconds(), losses.a, losses.b);
    } else if (line == "draw") {
      drawing_->graph.forward();
      std::printf("%.9f\n", seconds());
    } else if (line == "peak") {
      std::printf("%.0f\n", measure_roofline().flops);
    } else {
      fail(ErrorCode::Usage, "peer: no such line: ", line);
    }
  }

 private:
  static Exec cpu_in(Precision precision) {
    Cpu cpu;
    cpu.precision = precision;
    return cpu;
  }

  Exec exec_;
  std::unique_ptr<Learner> learner_;
  std::unique_ptr<RenderGraph> drawing_;
};

}  // namespace
}  // namespace cameo::bench

int main(int argc, char** argv) try {
  constexpr const char* kUsage = "usage: cameo-bench-peer PRESET BATCH FOLDER [f32|bf16]";
  if (cameo::bench::help_asked(argc, argv, kUsage)) return 0;
  cameo::bench::refuse_options(argc, argv, kUsage);
  cameo::let_idle_threads_sleep(argv);
  const std::string precision = argc > 4 ? argv[4] : "f32";
  cameo::check((argc == 4 || argc == 5) && (precision == "f32" || precision == "bf16"), kUsage);
  cameo::bench::Peer peer(cameo::preset(argv[1]), std::stoi(argv[2]), argv[3],
                          precision == "bf16" ? cameo::Precision::Bf16 : cameo::Precision::F32);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line); std::fflush(stdout)) peer.answer(line);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
