// SPDX-License-Identifier: MIT
#include "model/train/plateau.h"

#include <doctest/doctest.h>

using namespace cameo;

TEST_CASE("the rate halves when a loss was not lower for so many measurements") {
  Plateau plateau;
  for (const double loss : {1.0, 0.9, 0.95, 0.91, 0.8, 0.81}) CHECK(!take_loss(plateau, loss, 3));
  CHECK(plateau.least == 0.8);
  CHECK(!take_loss(plateau, 0.8, 3));  // as low is not lower
  CHECK(take_loss(plateau, 0.79999, 3));
  CHECK(plateau.share == 0.5);
  CHECK(!take_loss(plateau, 0.9, 3));  // counted anew
  CHECK(!take_loss(plateau, 0.9, 3));
  CHECK(take_loss(plateau, 0.9, 3));
  CHECK(plateau.share == 0.25);
}

TEST_CASE("the rate falls to 2 % and no further") {
  Plateau plateau;
  int falls = 0;
  for (int i = 0; i < 50; ++i) falls += take_loss(plateau, 1, 1) ? 1 : 0;
  CHECK(falls == 6);
  CHECK(plateau.share == 0.02);
}

TEST_CASE("a plateau reads back as it was written, and other text is a new one") {
  Plateau plateau{.least = 0.1234567891234, .waited = 3, .share = 0.25};
  CHECK(parse_plateau(text_of(plateau)) == plateau);
  CHECK(parse_plateau(text_of(Plateau{})) == Plateau{});
  for (const char* text : {"", "0.5", "0.5 x 1", "0.5 1 2", "0.5 1 0", "0.5 1 1 1"})
    CHECK(parse_plateau(text) == Plateau{});
}
