// SPDX-License-Identifier: MIT
// Draws the face that a model has learned into an image: convert_image MODEL INPUT OUTPUT
#include <cameo/base/error.h>
#include <cameo/pipeline/convert.h>
#include <cameo/pipeline/face/finder.h>
#include <cstdio>
#include <utility>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: convert_image MODEL INPUT OUTPUT\n");
    return 2;
  }
  try {
    cameo::ConvertOptions options;
    options.input = argv[2];
    options.output = argv[3];
    options.overwrite = true;

    const auto swapper = cameo::open_swapper(argv[1]);
    cameo::Finder finder;  // a frontal detector and 68 landmarks
    const auto search = [&](const cameo::SearchOptions& what, cameo::FacesFile known,
                            const cameo::SearchWatch& watch) {
      return cameo::search(what, finder, std::move(known), watch);
    };
    const cameo::ConvertReport report = cameo::convert(options, *swapper, search);
    std::printf("%lld faces drawn\n", static_cast<long long>(report.faces));
    return report.faces > 0 ? 0 : 4;
  } catch (const cameo::Error& error) {
    std::fprintf(stderr, "convert_image: %s\n", error.what());
    return 1;
  }
}
