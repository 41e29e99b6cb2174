// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace cameo {

/// A note of consent, given as a file of text or as the text itself. Throws Error
/// (ErrorCode::Usage) if it is empty, no UTF-8, or a file of more than 64 KiB.
std::string consent_note(const std::string& given);

}  // namespace cameo
