// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include "pipeline/extract.h"

namespace cameo {

/// Everything that decides what is found and written, as text: equal text, equal faces.
/// Throws Error (ErrorCode::Input) for a reference that cannot be read.
std::string settings_of(const ExtractOptions& options);

/// Whether an extraction with these settings_of kept some people out.
bool has_filter(const std::string& settings);

/// Throws Error (ErrorCode::Usage) for options that extraction cannot meet.
void check_options(const ExtractOptions& options);

}  // namespace cameo
