// SPDX-License-Identifier: MIT
#pragma once
// As in libavcodec/avcodec.h beside it.
#include <libavcodec/avcodec.h>

struct AVStream {
  AVCodecParameters* codecpar;
};

unsigned avformat_version();
