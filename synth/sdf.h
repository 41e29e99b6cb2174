// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace cameo::synth {

/// Four numbers worked on at once: four rays in march. A vector type of the compiler, so +, -, *,
/// /, comparisons and ?: act on each lane and cost one instruction on a plain x86-64.
using Lanes = float __attribute__((vector_size(16)));
constexpr int kStreams = 4;

inline Lanes lanes(float v) {
  return Lanes{v, v, v, v};
}

template <class F>
F least(F a, F b) {
  return a < b ? a : b;
}
template <class F>
F most(F a, F b) {
  return a > b ? a : b;
}
inline float clamp01(float v) {
  return v < 0.0F ? 0.0F : v > 1.0F ? 1.0F : v;
}
inline Lanes clamp01(Lanes v) {
  return least(most(v, lanes(0.0F)), lanes(1.0F));
}
inline float magnitude(float v) {
  return std::fabs(v);
}
inline Lanes magnitude(Lanes v) {
  return most(v, -v);
}
inline float root(float v) {
  return std::sqrt(v);
}
inline Lanes root(Lanes v) {
#ifdef __SSE2__
  return _mm_sqrt_ps(v);
#else
  return Lanes{std::sqrt(v[0]), std::sqrt(v[1]), std::sqrt(v[2]), std::sqrt(v[3])};
#endif
}

/// Whether any lane of a comparison's result holds.
template <class Mask>
bool any(Mask m) {
  return (m[0] | m[1] | m[2] | m[3]) != 0;
}

/// 0 below `from`, 1 above `to`, smooth between.
inline float ramp(float from, float to, float v) {
  const float t = clamp01((v - from) / (to - from));
  return t * t * (3.0F - 2.0F * t);
}
inline float mix(float a, float b, float t) {
  return a + (b - a) * t;
}

/// A point, direction or colour; of floats, or of Lanes for four rays.
template <class F>
struct Vec {
  F x, y, z;
};
using Vec3 = Vec<float>;
using Vec3L = Vec<Lanes>;

template <class A, class B>
auto operator+(Vec<A> a, Vec<B> b) -> Vec<decltype(a.x + b.x)> {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
template <class A, class B>
auto operator-(Vec<A> a, Vec<B> b) -> Vec<decltype(a.x - b.x)> {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <class A, class B>
auto operator*(Vec<A> a, B s) -> Vec<decltype(a.x * s)> {
  return {a.x * s, a.y * s, a.z * s};
}
template <class A, class B>
auto times(Vec<A> a, Vec<B> b) -> Vec<decltype(a.x * b.x)> {
  return {a.x * b.x, a.y * b.y, a.z * b.z};
}
template <class A, class B>
auto dot(Vec<A> a, Vec<B> b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class F>
F length(Vec<F> a) {
  return root(dot(a, a));
}
template <class F>
Vec<F> unit(Vec<F> a) {
  return a * (1.0F / (length(a) + 1e-12F));
}
inline Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline Vec3 mix(Vec3 a, Vec3 b, float t) {
  return a + (b - a) * t;
}
inline Vec3 lane(const Vec3L& v, int i) {
  return {v.x[i], v.y[i], v.z[i]};
}

/// A rotation; rows are the target's axes.
struct Rotation {
  Vec3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1};

  template <class F>
  Vec<F> operator()(Vec<F> v) const {
    return {dot(v, x), dot(v, y), dot(v, z)};
  }
  Rotation inverse() const { return {{x.x, y.x, z.x}, {x.y, y.y, z.y}, {x.z, y.z, z.z}}; }
};

/// The smaller of two distances, rounded where they differ by less than k; exactly the smaller
/// elsewhere.
template <class F>
F blend_min(F a, F b, float k) {
  const F h = most(k - magnitude(a - b), a - a) * (1.0F / k);
  return least(a, b) - h * h * (k * 0.25F);
}
template <class F>
F blend_max(F a, F b, float k) {
  return -blend_min(-a, -b, k);
}

/// An ellipsoid with its axes along x, y, z. Distances are of first order: right near the surface.
struct Ellipsoid {
  Vec3 centre{0, 0, 0};
  Vec3 inverse{1, 1, 1};  ///< 1 / radius

  Ellipsoid() = default;
  Ellipsoid(Vec3 at, Vec3 radii)
      : centre(at), inverse{1.0F / radii.x, 1.0F / radii.y, 1.0F / radii.z} {}

  template <class F>
  F distance(Vec<F> p) const {
    const Vec<F> a = times(p - centre, inverse);
    const Vec<F> b = times(a, inverse);
    const F k = length(a);
    return k * (k - 1.0F) / (length(b) + 1e-6F);
  }
};

/// A rod with round ends whose radius runs from `r0` to `r1`.
struct Rod {
  Vec3 from{0, 0, 0}, along{0, 1, 0};
  float scale = 1, r0 = 1, r1 = 1;

  Rod() = default;
  Rod(Vec3 a, float radius_a, Vec3 b, float radius_b)
      : from(a), along(b - a), scale(1.0F / dot(b - a, b - a)), r0(radius_a), r1(radius_b) {}

  template <class F>
  F distance(Vec<F> p) const {
    const Vec<F> v = p - from;
    const F t = clamp01(dot(v, along) * scale);
    const Vec<F> to_axis{v.x - along.x * t, v.y - along.y * t, v.z - along.z * t};
    return length(to_axis) - (r0 + (r1 - r0) * t);
  }
};

}  // namespace cameo::synth
