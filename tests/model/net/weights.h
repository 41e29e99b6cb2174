// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/floats.h"
#include "model/net/network.h"
#include "model/train/learner.h"

namespace cameo::test {

/// Shapes of the parameters whose names begin with this.
inline std::vector<Shape> shapes_of(const Network& network, const std::string& prefix) {
  Exec exec = Cpu();
  ParamStore params(exec);
  network.declare(params);
  std::vector<Shape> shapes;
  for (const Param& p : params.table())
    if (p.name.starts_with(prefix)) shapes.push_back(p.shape);
  return shapes;
}

inline std::int64_t parameters_of(const Network& network, const std::string& prefix) {
  std::int64_t sum = 0;
  for (const Shape& shape : shapes_of(network, prefix)) sum += shape.size();
  return sum;
}

/// A learner of two sides that each shall make one pattern darker, A more than B.
class PatternLesson {
 public:
  PatternLesson(Exec& exec, const Network& network, TrainMode mode)
      : learner(exec, {network, recipe_, mode}) {
    learner.initialize(1);
    const auto side = static_cast<std::size_t>(network.size);
    faces.resize(static_cast<std::size_t>(recipe_.batch) * side * side * kColours);
    for (std::size_t i = 0; i < faces.size(); ++i)
      faces[i] = 0.5F + 0.4F * std::sin(0.05F * static_cast<float>(i));
    for (const Side of : {Side::A, Side::B}) {
      write_floats(exec, learner.face(of), faces.data());
      std::vector<float> target = faces;
      for (float& x : target) x *= of == Side::A ? 0.3F : 0.8F;
      write_floats(exec, learner.target(of), target.data());
    }
  }

  /// The losses after so many steps as shares of what they were before the first.
  Learner::Losses train(int steps) {
    const Learner::Losses first = learner.step();
    for (int i = 1; i < steps; ++i) learner.step();
    const Learner::Losses last = learner.step();
    return {last.a / first.a, last.b / first.b, {}};
  }

 private:
  Recipe recipe_{.batch = 2, .rate = 3e-3};

 public:
  Learner learner;
  std::vector<float> faces;
};

}  // namespace cameo::test
