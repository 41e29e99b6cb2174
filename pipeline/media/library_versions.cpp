// SPDX-License-Identifier: MIT
#include "pipeline/media/library_versions.h"

#include <dlib/revision.h>
#include <opencv2/core/utility.hpp>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace cameo {
namespace {

LibraryVersion libav(const char* name, unsigned version) {
  return {name,
          std::to_string(version >> 16) + "." + std::to_string(version >> 8 & 0xFF) + "." +
              std::to_string(version & 0xFF),
          ""};
}

}  // namespace

std::vector<LibraryVersion> media_library_versions() {
  return {{"OpenCV", cv::getVersionString(), ""},
          {"dlib",
           std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION) + "." +
               std::to_string(DLIB_PATCH_VERSION),
           ""},
          libav("libavformat", avformat_version()),
          libav("libavcodec", avcodec_version()),
          libav("libswscale", swscale_version())};
}

}  // namespace cameo
