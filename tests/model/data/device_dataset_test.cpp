// SPDX-License-Identifier: MIT
#include "model/data/device_dataset.h"

#include <utility>

#include <doctest/doctest.h>

#include "tests/model/drawn_faces.h"
#include "tests/support/scratch.h"

using namespace cameo;

TEST_CASE("where the device is the host, faces are moved, not copied") {
  const test::Scratch scratch;
  test::draw_faces(scratch / "a", 0, 3);
  Exec exec{Cpu{}};
  for (const bool reference : {false, true}) {
    for (const auto place : {DeviceDataset::Place::Device, DeviceDataset::Place::Host}) {
      FaceSet set = load_faces({scratch / "a"}, 64);
      const std::uint8_t* const before = set.bytes.data();
      const DeviceDataset data(exec, std::move(set),
                               {.batch = 2, .reference = reference, .place = place});
      CHECK(data.faces().data == before);
      CHECK(data.count() == 3);
    }
  }
}
