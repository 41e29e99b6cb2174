// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "pipeline/compose/converter.h"

namespace cameo {

/// Names of the options of composing that text can set, as `cameo convert` calls them without
/// dashes: color, mask, erosion, blur, feather, far-side, sharpen, detail, match-grain, match-blur,
/// match-compression, seamless.
std::span<const std::string_view> compose_option_names();

/// Sets the option of that name from its text: a method's or mask's name, a number, true or false.
/// Throws Error (ErrorCode::Usage) for an unknown name, text that is none of these, or a number out
/// of the option's range.
void set_compose_option(ComposeOptions& options, std::string_view name, const std::string& value);

}  // namespace cameo
