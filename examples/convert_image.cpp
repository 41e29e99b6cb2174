// SPDX-License-Identifier: MIT
// Draws the face that a model has learned into an image: convert_image MODEL INPUT OUTPUT
#include <cameo/base/error.h>
#include <cameo/pipeline/convert.h>
#include <cameo/pipeline/face/finder.h>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: convert_image MODEL INPUT OUTPUT\n");
    return 2;
  }
  try {
    cameo::ConvertOptions options;
    options.model = argv[1];
    options.input = argv[2];
    options.output = argv[3];
    options.overwrite = true;

    const auto swapper = cameo::open_swapper(options.model);
    cameo::Finder finder;  // a frontal detector and 68 landmarks
    const auto find = [&](const cameo::Frame& frame) { return finder.find(frame); };
    const cameo::ConvertReport report = cameo::convert(options, *swapper, find);
    std::printf("%lld faces drawn\n", static_cast<long long>(report.faces));
    return report.faces > 0 ? 0 : 4;
  } catch (const cameo::Error& error) {
    std::fprintf(stderr, "convert_image: %s\n", error.what());
    return 1;
  }
}
