// SPDX-License-Identifier: MIT
#include <string>

#include <doctest/doctest.h>

#include "pipeline/media/image.h"
#include "tests/support/programs.h"
#include "tests/tools/small_model.h"

namespace cameo::test {

TEST_CASE("a model of aligned faces warns of the converter of boxes") {
  const Scratch scratch;
  write_image(scratch / "in.png", cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(90)));
  for (const std::string coverage : {"", " coverage=224"}) {
    write_small_model(scratch / "model.safetensors", coverage);
    for (const std::string options : {"", " --preset article", " --converter adjust"}) {
      CAPTURE(coverage);
      CAPTURE(options);
      const Outcome outcome =
          run_shell("cameo convert -i in.png -o out.png --dry-run -m model.safetensors" + options,
                    scratch.path());
      CHECK(outcome.code == 0);
      CHECK(contains(outcome.err, "trained on aligned ones") ==
            (!coverage.empty() && !options.empty()));
    }
  }
}

}  // namespace cameo::test
