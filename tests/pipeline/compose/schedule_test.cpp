// SPDX-License-Identifier: MIT
#include "pipeline/compose/schedule.h"

#include <map>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/compose/options.h"

using namespace cameo;

TEST_CASE("every option of composing that has a name can be set by it") {
  const std::map<std::string_view, std::string> values{
      {"color", "mkl"},       {"mask", "hull+occlusion"}, {"erosion", "-3"},
      {"blur", "4"},          {"feather", "0.2"},         {"far-side", "0"},
      {"sharpen", "0.5"},     {"detail", "0.75"},         {"match-grain", "1"},
      {"match-blur", "0.25"}, {"seamless", "true"},       {"match-compression", "1"}};
  ComposeOptions options;
  for (const std::string_view name : compose_option_names())
    set_compose_option(options, name, values.at(name));
  CHECK(options.color == ColorMatch::Linear);
  CHECK(options.mask.kind == (MaskKind::Hull | MaskKind::Occlusion));
  CHECK(options.mask.erosion == -3);
  CHECK(options.mask.blur == 4);
  CHECK(options.mask.feather == 0.2);
  CHECK(options.mask.far_side == 0);
  CHECK(options.sharpen == 0.5);
  CHECK(options.detail == 0.75);
  CHECK(options.grain == 1);
  CHECK(options.blur == 0.25);
  CHECK(options.compression == 1);
  CHECK(options.seamless);
}

TEST_CASE("unknown options, words and numbers out of range are refused by name") {
  const auto refused = [](const char* name, const char* value, const char* why) {
    ComposeOptions options;
    CHECK_THROWS_WITH_AS(set_compose_option(options, name, value), doctest::Contains(why), Error);
  };
  refused("colour", "lab", "there are color, mask");
  refused("color", "oil", "no method 'oil'");
  refused("mask", "oval", "no kind 'oval'");
  refused("feather", "0.6", "from 0 to 0.5");
  refused("feather", "", "expected a number");
  refused("sharpen", "1x", "expected a number");
  refused("sharpen", "nan", "expected a number");
  refused("erosion", "1.5", "whole pixels");
  refused("seamless", "yes", "true or false");
}

TEST_CASE("a frame has the options of the command, changed by each range that holds it") {
  const ComposeSchedule schedule(
      {.color = ColorMatch::Lab, .sharpen = 0.5},
      {{.frames = {{10, 50}}, .settings = {{"color", "mkl"}, {"mask", "hull"}}},
       {.frames = {{40, 60}, {90, 91}}, .settings = {{"color", "none"}}},
       {.frames = {{55, 57}}, .skip = true}});
  const auto color = [&](std::int64_t frame) { return schedule.at(frame)->color; };
  CHECK(color(9) == ColorMatch::Lab);
  CHECK(color(10) == ColorMatch::Linear);
  CHECK(color(39) == ColorMatch::Linear);
  CHECK(color(40) == ColorMatch::None);
  CHECK(schedule.at(40)->mask.kind == MaskKind::Hull);
  CHECK(schedule.at(60)->mask.kind == MaskKind::FaceHullAndRect);
  CHECK(color(90) == ColorMatch::None);
  CHECK(color(92) == ColorMatch::Lab);
  CHECK(schedule.at(20)->sharpen == 0.5);
  CHECK_FALSE(schedule.at(55).has_value());
  CHECK(schedule.at(58).has_value());
  CHECK(schedule.at(20)->frame == 20);
  CHECK(schedule.at(20, 3)->frame == 3);
  CHECK(schedule.all().size() == 3);
}

TEST_CASE("a schedule with a setting that cannot be is refused before any frame") {
  CHECK_THROWS_AS(ComposeSchedule({}, {{.frames = {{5, 5}}, .settings = {{"color", "oil"}}}}),
                  Error);
}
