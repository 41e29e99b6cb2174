// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

namespace cameo {

/// A library this build runs with.
struct LibraryVersion {
  std::string name, version;
  std::string note;  ///< what else it says of itself; may be empty
};

/// Those that kernels run on; oneDNN's note is the instruction set it may use here.
std::vector<LibraryVersion> kernel_libraries();

}  // namespace cameo
