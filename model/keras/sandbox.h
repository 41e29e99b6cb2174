// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <string>

namespace cameo::h5 {

/// Lets a child process do something first, with limits on memory and time: HDF5 1.10 crashes,
/// hangs or fills the memory on some damaged files, in its lists of texts above all. Returns the
/// empty text if the child came to an end, also by an exception that does not tell of too little
/// memory; else what became of it.
std::string tried(const std::function<void()>& act);

}  // namespace cameo::h5
