// SPDX-License-Identifier: MIT
#include "model/data/latent_stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/graph.h"
#include "model/data/face_set.h"
#include "model/net/autoencoder.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::drawn_face;
using cameo::test::tiny_preset;

namespace {

/// A small network with its weights drawn, and one person's faces.
struct Subject {
  Exec exec{Cpu{}};
  ParamStore params{exec};
  Network network = tiny_preset().network;
  std::vector<std::uint8_t> bytes;
  kernels::FaceBlock faces;

  explicit Subject(int count) {
    network.declare(params);
    params.allocate();
    params.initialize(7);
    for (int i = 0; i < count; ++i) {
      const Pixels face = drawn_face(i % 2, i);
      bytes.insert(bytes.end(), face.bgr.begin(), face.bgr.end());
    }
    faces = {bytes.data(), count, 256};
  }

  /// The codes of all faces, one after another.
  std::vector<float> codes() {
    Graph graph(exec, params, Mode::Inference);
    const Value face = graph.input({faces.count, network.size, network.size, 3});
    const Value code = network.encode(params, face).latent;
    graph.plan({code});
    std::vector<std::int32_t> all(static_cast<std::size_t>(faces.count));
    std::iota(all.begin(), all.end(), 0);
    read_chosen(exec, faces, all, graph.value(face));
    graph.forward();
    return read_floats(exec, graph.value(code));
  }

  std::vector<float> read(const char* name) {
    const int row = params.find(name);
    return read_floats(exec, params.weight(row));
  }

  /// What dense2 makes of a code.
  std::vector<double> drawn_from(const std::vector<float>& code) {
    const std::vector<float> weight = read("encoder.dense2.weight"),
                             bias = read("encoder.dense2.bias");
    std::vector<double> out(bias.begin(), bias.end());
    for (std::size_t o = 0; o < out.size(); ++o)
      for (std::size_t i = 0; i < code.size(); ++i)
        out[o] += double{weight[o * code.size() + i]} * code[i];
    return out;
  }
};

}  // namespace

TEST_CASE("moments of the code are those of all faces, also where they fill no batch") {
  for (const int count : {1, 3, 21}) {
    Subject subject(count);
    const LatentStats moments = moments_of(sample_latents(
        subject.exec, subject.params, subject.network, reader_of(subject.exec, subject.faces)));
    const std::vector<float> codes = subject.codes();
    const std::size_t width = moments.mean.size();
    REQUIRE(width * static_cast<std::size_t>(count) == codes.size());
    for (std::size_t i = 0; i < width; ++i) {
      double sum = 0, squares = 0;
      for (std::size_t at = i; at < codes.size(); at += width) sum += codes[at];
      for (std::size_t at = i; at < codes.size(); at += width)
        squares += std::pow(codes[at] - sum / count, 2);
      CHECK(moments.mean[i] == doctest::Approx(sum / count).epsilon(1e-4));
      CHECK(std::abs(moments.deviation[i] - std::sqrt(squares / count)) < 1e-4);
    }
  }
}

TEST_CASE("with mirrored faces a person's moments are those of the mirrored person") {
  Subject subject(5), other(5);
  // Images of 16 pixels read 48 + 10 k, which lies at 246 - 48 - 10 k in the mirror.
  for (std::size_t i = 0; i < subject.bytes.size(); ++i) {
    const std::size_t column = i / 3 % 256;
    if (column <= 246) other.bytes[i] = subject.bytes[i + (246 - 2 * column) * 3];
  }
  other.faces.data = other.bytes.data();
  const auto measured = [](Subject& who, bool mirrored) {
    return moments_of(sample_latents(who.exec, who.params, who.network,
                                     reader_of(who.exec, who.faces), mirrored));
  };
  const LatentStats one = measured(subject, true), two = measured(other, true);
  const LatentStats as_it_is = measured(subject, false), mirror = measured(other, false);
  double differ = 0;
  for (std::size_t i = 0; i < one.mean.size(); ++i) {
    CHECK(one.mean[i] == doctest::Approx(two.mean[i]).epsilon(1e-4));
    CHECK(one.deviation[i] == doctest::Approx(two.deviation[i]).epsilon(1e-3));
    CHECK(one.mean[i] == doctest::Approx((as_it_is.mean[i] + mirror.mean[i]) / 2).epsilon(1e-4));
    differ = std::max<double>(differ, std::abs(as_it_is.mean[i] - mirror.mean[i]));
  }
  CHECK(differ > 1e-3);
}

TEST_CASE("an aligned network draws from a code what the plain one draws from the moved code") {
  Subject subject(1);
  const auto width =
      subject.read("encoder.dense2.weight").size() / subject.read("encoder.dense2.bias").size();
  LatentStats from, to;
  std::vector<float> code, moved;
  for (std::size_t i = 0; i < width; ++i) {
    const auto x = static_cast<float>(i);
    from.mean.push_back(0.1F * x - 0.3F);
    from.deviation.push_back(1 + 0.05F * x);
    to.mean.push_back(0.2F - 0.03F * x);
    to.deviation.push_back(1.5F - 0.02F * x);
    code.push_back(std::sin(x));
    moved.push_back((code[i] - from.mean[i]) / from.deviation[i] * to.deviation[i] + to.mean[i]);
  }
  const std::vector<double> wanted = subject.drawn_from(moved);
  const std::vector<double> before = subject.drawn_from(code);
  match_latents(subject.params, subject.network, from, to);
  const std::vector<double> drawn = subject.drawn_from(code);
  double moved_by = 0;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    CHECK(drawn[i] == doctest::Approx(wanted[i]).epsilon(1e-4));
    moved_by = std::max(moved_by, std::abs(drawn[i] - before[i]));
  }
  CHECK(moved_by > 0.01);
}

TEST_CASE("a number that never varies is moved, not stretched") {
  Subject subject(1);
  const auto width =
      subject.read("encoder.dense2.weight").size() / subject.read("encoder.dense2.bias").size();
  const LatentStats still{std::vector<float>(width, 1), std::vector<float>(width, 0)};
  const LatentStats lively{std::vector<float>(width, 3), std::vector<float>(width, 2)};
  const std::vector<double> wanted = subject.drawn_from(std::vector<float>(width, 3));
  match_latents(subject.params, subject.network, still, lively);
  const std::vector<double> drawn = subject.drawn_from(std::vector<float>(width, 1));
  for (std::size_t i = 0; i < drawn.size(); ++i)
    CHECK(drawn[i] == doctest::Approx(wanted[i]).epsilon(1e-4));
}

TEST_CASE("moments of another network's code are refused with both widths") {
  Subject subject(1);
  const LatentStats wrong{{1, 2, 3}, {1, 1, 1}};
  try {
    match_latents(subject.params, subject.network, wrong, wrong);
    FAIL("not refused");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::Format);
    CHECK(contains(e.what(), "3 elements"));
  }
}
