// SPDX-License-Identifier: MIT
#include "pipeline/compose/mask_kind.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace cameo;

TEST_CASE("mask names go by one or joined, and former names keep their meaning") {
  CHECK(mask_kind("rect") == MaskKind::Rect);
  CHECK(mask_kind("facehull") == MaskKind::FaceHull);
  CHECK(mask_kind("facehullandrect") == MaskKind::FaceHullAndRect);
  CHECK(mask_kind("learned") == MaskKind::Learned);
  CHECK(mask_kind("learned-facehull") == MaskKind::LearnedFaceHull);
  CHECK(mask_kind("facehull+square") == MaskKind::FaceHullAndRect);
  CHECK(mask_kind("extended+learned") == (MaskKind::Extended | MaskKind::LearnedAlone));
  CHECK(mask_kind("learned+extended") == mask_kind("extended+learned"));
  CHECK(mask_kind("occlusion") == (MaskKind::Auto | MaskKind::Occlusion));
  CHECK(mask_kind("auto+keep-eyes") == (MaskKind::Auto | MaskKind::KeepEyes));
  CHECK(mask_kind("keep-eyes+keep-mouth+hull") ==
        (MaskKind::Hull | MaskKind::KeepEyes | MaskKind::KeepMouth));
  CHECK(is_learned(mask_kind("hull+learned")));
  CHECK_FALSE(is_learned(mask_kind("hull+occlusion")));
}

TEST_CASE("an unknown or empty mask name is refused with all that there are") {
  for (const auto* name : {"oval", "", "hull+", "+hull", "hull++learned", "hull learned"})
    CHECK_THROWS_WITH_AS(mask_kind(name), doctest::Contains("ellipse, learned"), Error);
}
