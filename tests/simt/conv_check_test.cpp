// SPDX-License-Identifier: MIT
#include "kernels/cuda/conv_check.h"

#include <functional>
#include <set>
#include <sstream>
#include <string>

#include "tests/simt/trial.h"
#include "tests/standin/conv_loops.h"

using namespace cameo;
using namespace cameo::test;
using kernels::Conv2dSpec;
using kernels::ConvPass;
using kernels::ConvSample;

namespace {

constexpr ConvPass kPasses[] = {ConvPass::Forward, ConvPass::BackwardData,
                                ConvPass::BackwardWeights};

Precision precision_of(DType dtype) {
  return dtype == DType::BF16 ? Precision::Bf16 : Precision::F32;
}

const Conv2dSpec kStrided{
    .x = {2, 8, 6, 12}, .w = {9, 5, 5, 12}, .y = {2, 4, 3, 9}, .stride = 2, .pad = {1, 1, 2, 2}};
const Conv2dSpec kPlain{
    .x = {1, 5, 4, 7}, .w = {3, 3, 3, 7}, .y = {1, 5, 4, 3}, .stride = 1, .pad = {1, 1, 1, 1}};
const Conv2dSpec kUnpadded{
    .x = {1, 7, 7, 2}, .w = {4, 1, 3, 2}, .y = {1, 4, 3, 4}, .stride = 2, .pad = {}};

/// Operands of random numbers, and a pass by its definition in the one that it leads to.
class Layer {
 public:
  Layer(const Conv2dSpec& spec, ConvPass pass, DType dtype)
      : spec_(spec),
        pass_(pass),
        dtype_(dtype),
        x_(spec.x, dtype),
        w_(spec.w, dtype),
        y_(spec.y, dtype) {
    std::uint64_t seed = 0;
    for (const Array* one : {&x_, &w_, &y_}) kernels::fill_random(gpu(), one->view(), ++seed);
    gpu().synchronize();
    compute(spec);
  }

  /// Sets the result to that of `spec`, whose shapes are the layer's.
  void compute(const Conv2dSpec& spec) {
    const auto go = [&](auto zero) {
      using T = decltype(zero);
      const auto of = [](const Array& one) { return static_cast<T*>(one.view().data); };
      kernels::conv_loops(spec, pass_, of(x_), of(w_), of(y_), [](T v) { return to_float(v); });
    };
    dtype_ == DType::BF16 ? go(Bf16{}) : go(0.0F);
  }

  Array& result() {
    return pass_ == ConvPass::Forward ? y_ : pass_ == ConvPass::BackwardData ? x_ : w_;
  }

  std::vector<ConvSample> samples() const {
    return kernels::sample_conv(gpu(), spec_, pass_, x_.view(), w_.view(), y_.view());
  }

  /// How many of the samples are wrong.
  int wrong() const {
    int count = 0;
    for (const ConvSample& one : samples()) count += is_right(one, precision_of(dtype_)) ? 0 : 1;
    return count;
  }

 private:
  Conv2dSpec spec_;
  ConvPass pass_;
  DType dtype_;
  Array x_, w_, y_;
};

void each_layer(const std::function<void(const Conv2dSpec&, ConvPass, DType)>& f) {
  for (const Conv2dSpec& spec : {kStrided, kPlain, kUnpadded})
    for (const ConvPass pass : kPasses)
      for (const DType dtype : kTypes) {
        INFO(key_of(spec, pass), ", ", name_of(dtype));
        f(spec, pass, dtype);
      }
}

}  // namespace

TEST_CASE("sampled sums of a convolution are those of its definition, whatever the order") {
  each_layer([](const Conv2dSpec& spec, ConvPass pass, DType dtype) {
    const Layer layer(spec, pass, dtype);
    for (const unsigned order : kOrders) {
      set_thread_order(order);
      for (const ConvSample& one : layer.samples()) {
        INFO("order ", order, ", element ", one.at.n, ",", one.at.h, ",", one.at.w, ",", one.at.c);
        const float rounding = dtype == DType::BF16 ? std::abs(one.wanted) / 256 : 0;
        CHECK(std::abs(one.got - one.wanted) <= 1e-5F * one.norm + rounding);
      }
      CHECK(layer.wrong() == 0);
    }
    set_thread_order(0);
  });
}

TEST_CASE("samples hold all corners of a result") {
  const Layer layer(kStrided, ConvPass::BackwardWeights, DType::F32);
  std::set<std::string> found;
  for (const ConvSample& one : layer.samples())
    found.insert((std::ostringstream() << one.at).str());
  for (const char* corner : {"[0,0,0,0]", "[8,0,0,0]", "[0,4,0,0]", "[0,0,4,0]", "[0,0,0,11]",
                             "[8,4,4,11]", "[8,0,4,11]", "[0,4,4,0]"})
    CHECK(found.count(corner) == 1);
  CHECK(found.size() > 40);
}

TEST_CASE("a result that is shifted, zero or has a NaN in a corner is told") {
  for (const ConvPass pass : kPasses)
    for (const DType dtype : kTypes) {
      INFO(key_of(kStrided, pass), ", ", name_of(dtype));
      Layer layer(kStrided, pass, dtype);
      Conv2dSpec other = kStrided;
      other.pad = {2, 2, 2, 2};
      layer.compute(other);
      CHECK(layer.wrong() > 32);
      other.pad = {1, 2, 2, 1};
      layer.compute(other);
      CHECK(layer.wrong() > 32);
      layer.compute(kStrided);
      CHECK(layer.wrong() == 0);
      layer.result().set({std::nanf("")});  // the first corner
      CHECK(layer.wrong() >= 1);
      layer.result().set(
          std::vector<float>(static_cast<std::size_t>(layer.result().view().shape.size())));
      CHECK(layer.wrong() > 32);
    }
}

TEST_CASE("random operands lie between -1 and 1, keep no more than 8 bits and differ by seed") {
  for (const DType dtype : kTypes) {
    const Shape shape{1, 3, 37, 11};
    const auto filled = [&](std::uint64_t seed) {
      const Array array(shape, dtype);
      kernels::fill_random(gpu(), array.view(), seed);
      gpu().synchronize();
      return array.get();
    };
    const std::vector<float> numbers = filled(1);
    double sum = 0;
    std::set<float> distinct;
    for (const float one : numbers) {
      CHECK(std::abs(one) <= 1);
      CHECK(to_float(from_float<Bf16>(one)) == one);
      sum += one;
      distinct.insert(one);
    }
    CHECK(distinct.size() > 300);
    CHECK(std::abs(sum) < 60);  // 3 of 20, the deviation of 1,221 such numbers
    CHECK(filled(1) == numbers);
    CHECK(filled(2) != numbers);
  }
}
