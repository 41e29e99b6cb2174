// SPDX-License-Identifier: MIT
#include "kernels/augment.h"

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;
using kernels::AugmentKey;
using kernels::FaceBlock;

namespace {

std::vector<std::uint8_t> random_faces(int count, int side) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < count * side * side * 3; ++i)
    bytes.push_back(static_cast<std::uint8_t>(philox(static_cast<std::uint64_t>(i), 0, 7)[0]));
  return bytes;
}

}  // namespace

TEST_CASE("the pictures are the very pictures of the CPU") {
  const AugmentKey key{.seed = 11, .iteration = 1234567, .first_sample = 5};
  const std::vector<std::int32_t> chosen{2, 0, 1};
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const auto& [side, size] : {std::pair{64, 16}, std::pair{45, 19}, std::pair{32, 24}}) {
        const std::vector<std::uint8_t> bytes = random_faces(3, side);
        const FaceBlock faces{bytes.data(), 3, side, side == 45 ? 0.875 : 0.625};
        Trial trial(dtype, skip);
        const Shape shape{3, size, size, 3};
        const int input = trial.out(shape), plain = trial.out(shape);
        const int target = trial.out(shape, Write::Set, DType::F32);
        trial.check(
            [&](auto& on, auto v) {
              kernels::augment(on, faces, chosen.data(), key, v(input), v(target));
              kernels::read_faces(on, faces, chosen.data(), v(plain));
            },
            0);
      }
    }
  }
}

TEST_CASE("a face that is not there shows as NaN and is not read") {
  const std::vector<std::uint8_t> bytes = random_faces(2, 16);
  const FaceBlock faces{bytes.data(), 2, 16};
  const std::vector<std::int32_t> chosen{1, 2, -1};
  Array out({3, 4, 4, 3}, DType::F32);
  out.set(std::vector<float>(144, 0.5F));
  kernels::read_faces(gpu(), faces, chosen.data(), out.view());
  gpu().wait();
  const std::vector<float> got = out.get();
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::isnan(got[i]) == (i >= 48));
}
