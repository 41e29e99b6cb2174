// SPDX-License-Identifier: MIT
#include "tools/cli/text.h"

#include <doctest/doctest.h>

using namespace cameo;

TEST_CASE("the nearest word is found within a few edits, and none beyond") {
  const std::vector<std::string> words{"extract", "train", "convert"};
  CHECK(nearest("trian", words) == "train");
  CHECK(nearest("covnert", words) == "convert");
  CHECK(nearest("extrac", words) == "extract");
  CHECK(nearest("zebra-crossing", words).empty());
  CHECK(nearest("", words).empty());
  CHECK(nearest("zed", std::vector<std::string>{"a", "d"}).empty());
}

TEST_CASE("numbers are shown for people") {
  CHECK(thousands(82062470) == "82,062,470");
  CHECK(thousands(999) == "999");
  CHECK(thousands(1000) == "1,000");
  CHECK(thousands(-123456) == "-123,456");
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(3.0 * 1024 * 1024 * 1024) == "3.0 GiB");
  CHECK(human_seconds(75.4) == "1:15");
  CHECK(human_seconds(3700) == "1:01:40");
  CHECK(human_seconds(-1) == "-:--");
}

TEST_CASE("a table aligns words left and numbers right") {
  CHECK(table({{"name", "count"}, {"a", "5"}, {"bcdef", "12"}}) ==
        "name   count\na          5\nbcdef     12\n");
}
