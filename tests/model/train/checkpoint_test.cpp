// SPDX-License-Identifier: MIT
#include "model/train/checkpoint.h"

#include <limits>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/infer/swapper.h"
#include "model/train/learner.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::message_of;
using cameo::test::Scratch;
using cameo::test::tiny_preset;
using cameo::test::tiny_recipe;

namespace {

/// A learner that is saved again and again, and what lies in its folder.
struct Saves {
  Scratch scratch;
  Exec exec{Cpu{}};
  Learner learner{exec, {tiny_preset().network, tiny_recipe(1)}};
  std::string file = (scratch / kModelFile).string();
  Network network = tiny_preset().network;

  void save(std::int64_t iteration, int backups = 2) {
    const ModelInfo info{
        .preset = "tiny", .network = network, .mode = "joint", .iteration = iteration};
    save_checkpoint(file, {.info = info}, learner.tensors(), backups);
  }
  /// The iterations of the file and its backups; 0 where there is none.
  std::vector<std::int64_t> kept() const {
    std::vector<std::int64_t> all;
    for (const char* ending : {"", ".bak0", ".bak1", ".bak2", ".bak3"}) {
      const bool there = std::filesystem::exists(file + ending);
      all.push_back(there ? read_model_info(file + ending).iteration : 0);
    }
    return all;
  }
};

using Kept = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a checkpoint that cannot be written leaves the file and its backups as they were") {
  Saves saves;
  for (const std::int64_t i : {1, 2, 3, 4}) saves.save(i);
  CHECK(saves.kept() == Kept{4, 0, 3, 2, 0});
  {
    const test::FileSizeLimit full_disk(1000);
    CHECK(contains(message_of([&] { saves.save(5); }), "cannot write"));
  }
  CHECK(saves.kept() == Kept{4, 0, 3, 2, 0});
  saves.save(6, 1);
  CHECK(saves.kept() == Kept{6, 0, 4, 2, 0});
  std::filesystem::remove(saves.file);
  saves.save(7);
  CHECK(saves.kept() == Kept{7, 0, 4, 2, 0});
}

TEST_CASE("sizes that are not those of the tensors are refused before memory is asked for") {
  Saves saves;
  saves.network =
      network(kAutoencoder, "size=16 down=8,8 code=16 inner=1048576 up=1048576 decoder=8,8,8");
  saves.save(1);
  CHECK(contains(message_of([&] { open_swapper(saves.file); }), "does not have the shape"));
}

TEST_CASE("weights that are not finite are never saved") {
  Saves saves;
  saves.learner.params().weights()[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(contains(message_of([&] { saves.save(1); }),
                 "encoder.down1.weight holds a number that is not finite"));
  CHECK_FALSE(std::filesystem::exists(saves.file));
}
