// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <omp.h>
#include <string>

#include "model/data/image_file.h"
#include "model/net/autoencoder.h"
#include "model/net/presets.h"
#include "model/train/recipe.h"

namespace cameo::test {

/// A crude face: an oval of the person's colour with two eyes, moved a little from image to
/// image.
inline Pixels drawn_face(int person, int number, int side = 256) {
  Pixels face{side, side, {}};
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double u = 2.0 * x / side - 1 + 0.03 * (number % 3), v = 2.0 * y / side - 1;
      const double eye_x = (u < 0 ? -u : u) - 0.25, eye_y = v + 0.2 - 0.02 * (number % 4);
      const bool skin = u * u * 2 + v * v < 0.7, eye = eye_x * eye_x + eye_y * eye_y < 0.01;
      const int light = skin ? (eye ? 20 : 160 + 5 * (number % 5)) : 60;
      face.bgr.push_back(static_cast<std::uint8_t>(person == 0 ? light : light / 3));
      face.bgr.push_back(static_cast<std::uint8_t>(light / 2));
      face.bgr.push_back(static_cast<std::uint8_t>(person == 0 ? light / 3 : light));
    }
  }
  return face;
}

inline void draw_faces(const std::filesystem::path& folder, int person, int count) {
  std::filesystem::create_directories(folder);
  for (int i = 0; i < count; ++i) {
    write_png(folder / ("face" + std::to_string(i) + ".png"), drawn_face(person, i));
  }
}

/// While it lives, work is done on so many threads: a tiny network only loses by more than one.
class Threads {
 public:
  explicit Threads(int count) : before_(omp_get_max_threads()) { omp_set_num_threads(count); }
  ~Threads() { omp_set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

/// A network that a test can train in a moment.
inline Preset tiny_preset() {
  return {.name = "tiny",
          .about = "for tests",
          .network = autoencoder({.size = 16,
                                  .down = {8, 8},
                                  .latent = 16,
                                  .inner = 16,
                                  .up = {8},
                                  .decoder = {8, 8, 8}})};
}

/// What it learns by, so that a test need not wait.
inline Recipe tiny_recipe(int batch = 4) {
  return {.batch = batch, .rate = 4e-3};
}

}  // namespace cameo::test
