// SPDX-License-Identifier: MIT
#include "pipeline/preview.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/mark/provenance.h"
#include "pipeline/media/image.h"
#include "tools/cli/finder_flags.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/compose_flags.h"
#include "tools/swapper_flags.h"

namespace cameo {
namespace {

struct Extra {
  std::filesystem::path output = "preview.png";
  std::vector<std::string> vary;
};

void add_flags(Flags& flags, PreviewOptions& options, Extra& extra) {
  flags.add("-i,--input", &options.input, "Input image, folder of images or video").required();
  flags.add("-o,--output", &extra.output, "Output image of the grid");
  flags.add("--frame", &options.frame, "Index of the frame to show, from 0").range(0);
  flags.add(
      "--vary", &extra.vary,
      "Option and values to try, as color=none,lab,mkl; a second one varies by rows (default: "
      "colors by masks)");
  flags.add("--cell", &options.cell, "Side of a cell of the grid, pixels").range(16, 4096);
}

}  // namespace

int preview_command(Args args) {
  PreviewOptions options;
  Extra extra;
  SwapperFlags models;
  ComposeFlags composing(options.compose);
  FinderFlags finding;
  Flags flags("preview", "Renders one frame under a grid of conversion settings.");
  add_flags(flags, options, extra);
  models.add_to(flags);
  composing.add_to(flags);
  finding.add_to(flags);
  flags.needs(options.input);
  flags.makes(extra.output);
  flags.also([&] {
    check(extra.vary.size() <= 2, ErrorCode::Usage, "preview: at most two --vary, got ",
          extra.vary.size());
    for (const std::string& text : extra.vary) options.vary.push_back(parse_variation(text));
    check(is_image(extra.output), ErrorCode::Usage, extra.output.string(),
          ": the grid is an image; give a name such as preview.png");
  });
  return flags.run(args, [&](Log& log) {
    const OpenModels opened = models.open(flags.common(), finding.options().reference, true, log);
    Swapper& swapper = *opened.swappers.front();
    if (options.vary.empty()) options.vary = default_variations(swapper.has_mask());
    const cv::Mat grid =
        preview_grid(options, swapper, finding.in_frames(log), opened.models.front().examples);
    // Cells are compared with each other: no watermark.
    write_declared_image(extra.output, grid,
                         {.consents = models.consents(), .watermark = std::string(kNoWatermark)});
    if (flags.common().json) {
      std::cout << json_text({{"output", extra.output.string()},
                              {"width", grid.cols},
                              {"height", grid.rows}})
                << '\n';
    } else {
      std::cout << extra.output.string() << '\n';
    }
    return Exit::Ok;
  });
}

}  // namespace cameo
