// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "model/train/trainer.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/scratch.h"

namespace cameo::test {

inline std::string bytes_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Two drawn people in a folder of their own, and options to train on them.
struct Studio {
  Threads threads;
  Scratch scratch;
  TrainOptions options;
  explicit Studio(int thread_count = 1) : threads(thread_count) {
    draw_faces(scratch / "a", 0, 9);
    draw_faces(scratch / "b", 1, 7);
    options = {.faces_a = {scratch / "a"},
               .faces_b = {scratch / "b"},
               .model = scratch / "model",
               .preset = tiny_preset(),
               .recipe = tiny_recipe(),
               .iterations = 20,
               .save_interval = 1000,
               .preview_interval = 1000};
  }
  TrainReport run(const TrainCallbacks& callbacks = {}) const {
    Exec exec{Cpu{}};
    return train(exec, options, callbacks);
  }
  std::filesystem::path model_file() const { return options.model / kModelFile; }
};

/// A Cpu with fixed algorithms: those chosen by timing differ from run to run.
inline Exec one_way() {
  Cpu cpu;
  cpu.forced_algorithm = "none";
  return cpu;
}

}  // namespace cameo::test
