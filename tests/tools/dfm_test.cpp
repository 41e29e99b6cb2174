// SPDX-License-Identifier: MIT
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/programs.h"
#include "tests/tools/small_model.h"

namespace cameo::test {

TEST_CASE("export writes a DFM file of a network that Keras does not know") {
  const Scratch scratch;
  write_small_model(scratch / "model.safetensors");
  const auto run = [&](const std::string& options) {
    return run_shell("cameo export -m model.safetensors " + options, scratch.path());
  };
  CHECK(run("-o swap.dfm --format dfm").out == "swap.dfm\n");
  CHECK(contains(text_of(scratch / "swap.dfm"), "out_celeb_face_mask:0"));
  CHECK(run("-o swap.dfm --format dfm").code == 2);  // is there already
  CHECK(run("-o back.dfm --format dfm --swap").code == 0);
  CHECK(text_of(scratch / "back.dfm") != text_of(scratch / "swap.dfm"));
  CHECK(run("-o base --format base --swap").code == 2);
  const Outcome none = run("-o matched.dfm --format dfm --match-latents");
  CHECK(none.code == 6);
  CHECK(contains(none.err, "holds no latent statistics"));
  CHECK_FALSE(std::filesystem::exists(scratch / "matched.dfm"));
}

}  // namespace cameo::test
