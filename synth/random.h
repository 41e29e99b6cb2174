// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <cstdint>

namespace cameo::synth {

/// 64 well mixed bits of a counter: the same on every machine, and no state to keep.
/// Source: the finaliser of SplitMix64, Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195.
inline std::uint64_t mix_bits(std::uint64_t v) {
  v += 0x9E3779B97F4A7C15U;
  v = (v ^ (v >> 30U)) * 0xBF58476D1CE4E5B9U;
  v = (v ^ (v >> 27U)) * 0x94D049BB133111EBU;
  return v ^ (v >> 31U);
}

/// A cheaper hash of a cell of a grid, for textures; 0 <= result < 1.
inline float cell(int x, int y, int z) {
  std::uint32_t h = static_cast<std::uint32_t>(x) * 0x8DA6B343U ^
                    static_cast<std::uint32_t>(y) * 0xD8163841U ^
                    static_cast<std::uint32_t>(z) * 0xCB1AB31FU;
  h = (h ^ (h >> 15U)) * 0x2C1B3C6DU;
  h = (h ^ (h >> 12U)) * 0x297A2D39U;
  return static_cast<float>((h ^ (h >> 15U)) >> 8U) * 0x1p-24F;
}

/// Random number generator with a stream of its own, named by seed and stream.
class Draw {
 public:
  Draw(std::uint64_t seed, std::uint64_t stream) : key_(mix_bits(mix_bits(seed) ^ stream)) {}

  std::uint64_t bits() { return mix_bits(key_ ^ counter_++ * 0xD1342543DE82EF95U); }
  float uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(bits() >> 40U) * 0x1p-24F;
  }
  /// Between -1 and 1, mostly near 0: the mean of three draws, times 1.5 and cut.
  float bell() {
    const float v = (uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1)) * 0.5F;
    return v < -1 ? -1 : v > 1 ? 1 : v;
  }
  bool chance(float p) { return uniform(0, 1) < p; }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

/// The sine of a full turn's share (0.25 -> 1) without the maths library, whose last bits differ
/// between systems. Error below 1e-9.
inline double sine_of_turns(double turns) {
  double t = turns - std::floor(turns + 0.5);         // -0.5 .. 0.5
  t = t > 0.25 ? 0.5 - t : t < -0.25 ? -0.5 - t : t;  // the same sine, -0.25 .. 0.25
  const double x = t * 6.283185307179586;
  const double s = x * x;
  return x *
         (1 + s * (-1.0 / 6 + s * (1.0 / 120 + s * (-1.0 / 5040 +
                                                    s * (1.0 / 362880 + s * (-1.0 / 39916800))))));
}
inline float sine(float radians) {
  return static_cast<float>(sine_of_turns(radians / 6.283185307179586));
}
inline float cosine(float radians) {
  return static_cast<float>(sine_of_turns(radians / 6.283185307179586 + 0.25));
}

/// Smooth noise over space, one bump a unit; 0 <= result < 1.
inline float noise(float x, float y, float z) {
  const float fx = std::floor(x);
  const float fy = std::floor(y);
  const float fz = std::floor(z);
  const int ix = static_cast<int>(fx);
  const int iy = static_cast<int>(fy);
  const int iz = static_cast<int>(fz);
  const auto ease = [](float t) { return t * t * (3.0F - 2.0F * t); };
  const float u = ease(x - fx);
  const float v = ease(y - fy);
  const float w = ease(z - fz);
  const auto edge = [&](int dy, int dz) {
    const float a = cell(ix, iy + dy, iz + dz);
    return a + (cell(ix + 1, iy + dy, iz + dz) - a) * u;
  };
  const float near = edge(0, 0) + (edge(1, 0) - edge(0, 0)) * v;
  const float far = edge(0, 1) + (edge(1, 1) - edge(0, 1)) * v;
  return near + (far - near) * w;
}

}  // namespace cameo::synth
