// SPDX-License-Identifier: MIT
#include "pipeline/media/write_fault.h"

#include <system_error>

namespace cameo {

std::string write_fault(const std::filesystem::path& file, std::int64_t bytes,
                        const std::string& why) {
  std::error_code error;
  const auto room = std::filesystem::space(file.parent_path(), error);
  const std::string free =
      error ? "" : " (" + std::to_string(room.available) + " bytes are free there)";
  return "cannot be written after " + std::to_string(bytes) + " bytes: " + why + free +
         "; make room and run the same command again";
}

}  // namespace cameo
