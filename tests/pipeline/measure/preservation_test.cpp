// SPDX-License-Identifier: MIT
#include "pipeline/measure/preservation.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/compose/converter.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

TEST_CASE("what a conversion leaves alone is preserved, whatever it draws inside the square") {
  const cv::Mat original = ramp(180, 200);
  const std::vector<Face> faces{drawn_face({90, 80}, 60)};
  cv::Mat swap = original.clone();
  FakeSwapper swapper = constant_swapper(cv::Scalar(10, 200, 30));
  convert_masked(swap, faces, swapper, {.mask = {.erosion = -40}, .color = ColorMatch::None});
  CHECK(cv::norm(swap, original, cv::NORM_INF) > 50);
  CHECK(*preservation(swap, original, faces, swapper.coverage()) == 1);
  CHECK(*preservation(swap, original, {}, swapper.coverage()) < 0.98);

  // Ten pixels of a corner, in one channel each.
  for (int x = 0; x < 10; ++x) swap.at<cv::Vec3b>(199 - 20, x)[x % 3] ^= 1;
  const double share = *preservation(swap, original, faces, swapper.coverage());
  CHECK(share < 1);
  CHECK(share > 1 - 10.5 / (0.4 * 200 * 180));
}

TEST_CASE("preservation is not known where the square covers all, and wants one size") {
  const cv::Mat image = ramp(60, 60);
  const std::vector<Face> faces{drawn_face({30, 30}, 200)};
  CHECK_FALSE(preservation(image, image, faces, kFaceCoverage));
  CHECK_THROWS_AS(preservation(image, ramp(61, 60), faces, kFaceCoverage), Error);
}
