// SPDX-License-Identifier: MIT
#include "tools/encode_flags.h"

namespace cameo {

void add_encode_flags(Flags& flags, VideoWriterOptions& encode, std::string& image_format) {
  flags
      .add("--codec", &encode.codec,
           "Codec of the output video: h264, h265, av1, vp9, ffv1, prores or mpeg4; default h264, "
           "VP9 in .webm; an unchanged video is copied without encoding unless one is named")
      .words({"h264", "h265", "hevc", "av1", "vp9", "ffv1", "prores", "mpeg4"});
  flags.add("--encoder", &encode.encoder,
            "Encoder by its FFmpeg name, as libx264 or libsvtav1; default the codec's best");
  flags
      .add("--crf", &encode.crf,
           "Constant rate factor of the output video, 0 is best; default 18 for h264, 20 for h265, "
           "24 for av1 and vp9")
      .range(0, 63);
  flags
      .add("--encoder-preset", &encode.preset,
           "Encoder preset by x264's names, which serve av1 and vp9 too, or SVT-AV1's and libaom's "
           "number; "
           "slower is smaller")
      .words({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
              "veryslow",  "placebo",   "0",        "1",      "2",    "3",      "4",    "5",
              "6",         "7",         "8",        "9",      "10",   "11",     "12",   "13"});
  flags.add("--pixel-format", &encode.pixel_format,
            "Pixel format by its FFmpeg name, as yuv420p; default the nearest to the input's");
  flags.add("--no-audio", &encode.no_audio, "Leave out the input's sound");
  flags.add("--drop-streams", &encode.drop_streams,
            "Leave out streams that the output's container cannot keep, instead of refusing");
  flags
      .add("--image-format", &image_format,
           "Image format of a video's frames written into a folder; png and tif keep 16 bits")
      .words({"png", "tif", "tiff", "jpg", "bmp", "webp"});
}

}  // namespace cameo
