// SPDX-License-Identifier: MIT
#include "kernels/cuda/pad_channels.h"

#include <algorithm>

#include "base/error.h"
#include "tests/simt/trial.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// What pad_channels() promises, element by element.
void fit_here(ConstView from, const Grad& to) {
  const Shape have = from.shape, want = to.view.shape;
  const int area = want.h * want.w;
  for (int n = 0; n < want.n; ++n)
    for (int pixel = 0; pixel < area; ++pixel)
      for (int c = 0; c < want.c; ++c) {
        const bool both = n < have.n && c < have.c;
        const float v = both ? from.f32()[(n * area + pixel) * have.c + c] : 0;
        float& at = to.view.f32()[(n * area + pixel) * want.c + c];
        at = to.write == Write::Add ? at + v : v;
      }
}

}  // namespace

TEST_CASE("images and channels are cut off or filled with zeros") {
  constexpr Shape kPairs[][2] = {{{2, 5, 3, 3}, {2, 5, 3, 8}}, {{3, 5, 5, 16}, {8, 5, 5, 16}},
                                 {{2, 5, 3, 8}, {2, 5, 3, 3}}, {{8, 3, 3, 16}, {3, 3, 3, 16}},
                                 {{3, 3, 3, 5}, {8, 3, 3, 8}}, {{8, 3, 3, 8}, {3, 3, 3, 5}},
                                 {{2, 1, 1, 8}, {2, 1, 1, 8}}, {{1, 41, 40, 3}, {1, 41, 40, 8}}};
  for (const DType dtype : kTypes)
    for (const int skip : {0, 1})
      for (const Write write : {Write::Set, Write::Add})
        for (const auto& [have, want] : kPairs) {
          Trial trial(dtype, skip);
          const int from = trial.in(have), to = trial.out(want, write);
          trial.check(
              [&](auto& on, auto v) {
                if constexpr (std::is_same_v<std::decay_t<decltype(on)>, Cpu>)
                  fit_here(v(from), {v(to), write});
                else
                  kernels::pad_channels(on, v(from), {v(to), write});
              },
              1e-7);
        }
}

TEST_CASE("other sides or types are refused") {
  const Array a({2, 5, 3, 3}, DType::F32), b({2, 5, 4, 8}, DType::F32),
      c({2, 5, 3, 8}, DType::BF16);
  CHECK(contains(message_of([&] { kernels::pad_channels(gpu(), a.view(), {b.view()}); }),
                 "pad_channels: [2,5,3,3] to [2,5,4,8]"));
  CHECK(contains(message_of([&] { kernels::pad_channels(gpu(), a.view(), {c.view()}); }),
                 "some tensors are float32"));
}
