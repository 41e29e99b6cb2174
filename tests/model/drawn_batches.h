// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/philox.h"
#include "engine/safetensors.h"

namespace cameo::test {

/// Batches of two drawn people in whole numbers up to the division by 255, bit for bit those of
/// drawn_batches in tests/golden/keras/training.py, which says what they show.
class DrawnBatches {
 public:
  DrawnBatches(int steps, int faces, int size)
      : steps_(steps), faces_(faces), size_(size), cell_(size / 2) {}

  /// x_a, t_a, x_b, t_b, each [steps,faces,size,size,3].
  void write(const std::filesystem::path& file) const {
    std::array<std::vector<float>, 4> tensors;
    std::vector<TensorOut> out;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const int person = i < 2 ? 0 : 1, shift = i % 2 == 0 ? 1 : 0;
      tensors.at(i) = images(person, shift);
      out.push_back({std::string(shift != 0 ? "x_" : "t_") + (person == 0 ? "a" : "b"),
                     "F32",
                     {steps_, faces_, size_, size_, 3},
                     std::as_bytes(std::span(tensors.at(i)))});
    }
    write_safetensors(file, out, {});
  }

 private:
  static constexpr int kLooks = 8, kCells = 6;
  static constexpr std::uint64_t kKey = 41;

  static std::int64_t grid(int person, int look, std::int64_t row, std::int64_t column, int c) {
    const std::int64_t index =
        (((std::int64_t{person} * kLooks + look) * kCells + row) * kCells + column) * 3 + c;
    return philox(static_cast<std::uint64_t>(index), 0, kKey)[0] >> 24;
  }

  std::vector<float> images(int person, int shift) const {
    std::vector<float> all;
    for (int i = 0; i < steps_ * faces_; ++i) {
      const Philox4 draws =
          philox(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(person) + 1, kKey);
      const auto cell = static_cast<std::uint32_t>(cell_);
      const auto look = static_cast<int>(draws[0] % kLooks);
      const std::int64_t down = draws[1] % cell, right = draws[2] % cell;
      for (int k = 0; k < size_ * size_ * 3; ++k) {
        const std::int64_t y = 2 * (std::int64_t{k} / 3 / size_) + down + shift;
        const std::int64_t x = 2 * (std::int64_t{k} / 3 % size_) + right + shift;
        const std::int64_t row = y / cell_, v = y % cell_, column = x / cell_, u = x % cell_;
        const auto mixed = [&](std::int64_t r) {
          return grid(person, look, r, column, k % 3) * (cell_ - u) +
                 grid(person, look, r, column + 1, k % 3) * u;
        };
        const std::int64_t whole =
            (mixed(row) * (cell_ - v) + mixed(row + 1) * v) / (std::int64_t{cell_} * cell_);
        all.push_back(static_cast<float>(whole) / 255.0F);
      }
    }
    return all;
  }

  int steps_, faces_, size_, cell_;  ///< cell: of the grid of colours, in half pixels
};

}  // namespace cameo::test
