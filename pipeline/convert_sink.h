// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include "pipeline/convert.h"
#include "pipeline/media/sink.h"

namespace cameo {

/// Options of the output of a conversion: its marks as hooks, and a key to resume by that changes
/// with the input and the faces. faces_fingerprint: of the faces file; empty: there is none.
SinkOptions sink_options_of(const ConvertOptions& options, const std::string& faces_fingerprint,
                            const SinkNote& note);

}  // namespace cameo
