// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace cameo {

/// Words for a write that failed, as on a full disk: "cannot be written after 5120 bytes: No space
/// left on device (0 bytes are free there); make room and run the same command again".
/// bytes: of the file that were written before; why: the system's reason.
std::string write_fault(const std::filesystem::path& file, std::int64_t bytes,
                        const std::string& why);

}  // namespace cameo
