// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <string>

namespace cameo::h5 {

/// Forks a child process that runs `act` under limits on memory and time: HDF5 1.10 crashes, hangs
/// or fills the memory on some damaged files, in its lists of texts above all. Returns the empty
/// text if the child exited, also by an exception other than for want of memory; else how it died.
std::string try_in_child(const std::function<void()>& act);

}  // namespace cameo::h5
