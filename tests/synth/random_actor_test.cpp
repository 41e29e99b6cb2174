// SPDX-License-Identifier: MIT
#include "synth/random_actor.h"

#include <cmath>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/scratch.h"

namespace cameo::synth {

using test::contains;
using test::message_of;

TEST_CASE("an actor of random looks is the same for the same seed, and known by name") {
  const Actor once = random_actor(7), again = actor("random:7"), other = random_actor(8);
  CHECK(once.name == "random:7");
  CHECK(once.skin.x == again.skin.x);
  CHECK(once.jaw_width == again.jaw_width);
  CHECK(once.blush == again.blush);
  CHECK(once.skin.x != other.skin.x);
  CHECK(once.jaw_width != other.jaw_width);
}

TEST_CASE("looks stay within what the renderer draws soundly, and spread over it") {
  std::set<int> tones;
  int long_haired = 0, bearded = 0, fair = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Actor a = random_actor(seed);
    for (const Vec3& colour : {a.skin, a.lips, a.hair, a.brow, a.iris, a.cloth})
      for (const float value : {colour.x, colour.y, colour.z}) {
        CHECK(value > 0);
        CHECK(value < 0.8F);
      }
    CHECK(a.skin.x > a.skin.y);
    CHECK(a.skin.y > a.skin.z);
    for (const float share : {a.width, a.jaw_length, a.eye_size, a.nose_length, a.mouth_width})
      CHECK(std::abs(share - 1) <= 0.121F);
    for (const float share :
         {a.jaw_width, a.chin, a.cheekbone, a.cheek, a.brow_ridge, a.eye_open, a.brow_thickness,
          a.brow_arch, a.nose_width, a.nose_bridge, a.nose_out, a.upper_lip, a.lower_lip})
      CHECK(std::abs(share - 1) <= 0.661F);
    CHECK((a.beard == 0 || a.hair_length == 0));
    tones.insert(static_cast<int>(a.skin.x * 10));
    long_haired += a.hair_length > 0 ? 1 : 0;
    bearded += a.beard > 0 ? 1 : 0;
    fair += a.hair.x > 0.1F ? 1 : 0;
  }
  CHECK(tones.size() >= 5);
  CHECK((long_haired > 100 && long_haired < 200));
  CHECK((bearded > 15 && bearded < 80));
  CHECK((fair > 5 && fair < 80));
}

TEST_CASE("a seed that is no number is refused, and what there is is named") {
  for (const char* name : {"random:", "random:x", "random:1x", "random:-1", "random"})
    CHECK(contains(message_of([&] { actor(name); }), "choose one of a, b, c, d, random:SEED"));
}

}  // namespace cameo::synth
