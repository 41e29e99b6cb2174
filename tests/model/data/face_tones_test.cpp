// SPDX-License-Identifier: MIT
#include "model/data/face_tones.h"

#include <doctest/doctest.h>

#include "tests/model/train/studio.h"

using namespace cameo;

TEST_CASE("a face's tone is the mean and deviation of each color in the circle that is shown") {
  constexpr int kSide = 40;
  std::vector<std::uint8_t> faces;
  for (int n = 0; n < 2; ++n) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        // The middle is in two halves, far corners are white.
        const bool middle = x >= 4 && x < 36 && y >= 4 && y < 36;
        const int left = x < kSide / 2 ? 51 : 153;
        for (const int v : {n == 0 ? 102 : left, left, 102})
          faces.push_back(static_cast<std::uint8_t>(middle ? v : 255));
      }
    }
  }
  const auto tones = tones_of(faces, kSide, 0.8);
  REQUIRE(tones.size() == 2);
  CHECK(tones[0].mean[0] == doctest::Approx(0.4));
  CHECK(tones[0].deviation[0] == doctest::Approx(0));
  CHECK(tones[0].mean[1] == doctest::Approx(0.4));
  CHECK(tones[0].deviation[1] == doctest::Approx(0.2));
  CHECK(tones[1].deviation[0] == doctest::Approx(0.2));
  CHECK(tones_of(faces, kSide, 1)[0].mean[0] > 0.41);
}

TEST_CASE(
    "training with color transfer is the same wherever the faces lie, and goes on as it was") {
  test::Studio device, host, parts;
  for (test::Studio* studio : {&device, &host, &parts}) {
    studio->options.recipe->augment.transfer = 0.5;
    studio->options.recipe->batch = 3;
    studio->options.backups = 0;
    studio->options.iterations = 6;
  }
  host.options.faces_memory = 1;
  parts.options.iterations = 4;
  const auto train_on = [](const test::Studio& studio) {
    Exec exec = test::one_way();
    return train(exec, studio.options);
  };
  CHECK(!train_on(device).start.a_on_host);
  CHECK(train_on(host).start.a_on_host);
  train_on(parts);
  parts.options.recipe.reset();
  parts.options.iterations = 6;
  train_on(parts);
  CHECK(test::bytes_of_file(device.model_file()) == test::bytes_of_file(host.model_file()));
  CHECK(test::bytes_of_file(device.model_file()) == test::bytes_of_file(parts.model_file()));
}

TEST_CASE(
    "color transfer changes what is learned, and images of the article's rounding have none") {
  test::Studio with, without;
  with.options.recipe->augment.transfer = 1;
  for (test::Studio* studio : {&with, &without}) {
    studio->options.iterations = 2;
    Exec exec = test::one_way();
    train(exec, studio->options);
  }
  CHECK(test::bytes_of_file(with.model_file()) != test::bytes_of_file(without.model_file()));
  with.options.recipe->reference = true;
  CHECK_THROWS_AS(with.run(), Error);
}
