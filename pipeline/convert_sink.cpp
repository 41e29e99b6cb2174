// SPDX-License-Identifier: MIT
#include "pipeline/convert_sink.h"

#include "pipeline/mark/label.h"
#include "pipeline/mark/provenance.h"
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
  if (!options.label.empty())
    sink.hooks.frame = [&label = options.label, first = sink.hooks.frame](Frame& frame) {
      if (first) first(frame);
      draw_label(frame.pixels, label);
    };
  add_declaration(sink, options.input, options.consents);
  return sink;
}

}  // namespace cameo
