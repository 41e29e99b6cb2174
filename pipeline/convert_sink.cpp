// SPDX-License-Identifier: MIT
#include "pipeline/convert_sink.h"

#include "pipeline/mark/output_marks.h"
#include "pipeline/media/fingerprint.h"

namespace cameo {

SinkOptions sink_options_of(const ConvertOptions& options, const std::string& faces_fingerprint,
                            const SinkNote& note) {
  std::string key = options.resume_key;
  if (!key.empty()) key += source_fingerprint(options.input) + " " + faces_fingerprint;
  SinkOptions sink{.overwrite = options.overwrite,
                   .every_frame = !options.discard,
                   .encode = options.encode,
                   .image_format = options.image_format,
                   .resume_key = key,
                   .image = options.image,
                   .note = note,
                   .hooks = options.hooks};
  add_marks(sink, options.input,
            {.label = options.label,
             .watermark = options.watermark,
             .video = !is_images(options.input) || is_video_name(options.output),
             .consents = options.consents});
  return sink;
}

}  // namespace cameo
