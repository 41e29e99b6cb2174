// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>

namespace cameo::bench {

/// What the cores of this machine can do at best, measured and not looked up: a share of it says
/// how good a kernel is, whatever else the machine is doing at the time.
struct Roofline {
  int threads = 1;                ///< of OpenMP, on which both were measured
  const char* instructions = "";  ///< that the multiply-adds were done with
  double flops = 0;               ///< float32 multiplications and additions a second, all threads
  double bytes = 0;               ///< read plus written a second, copying more than caches hold
};

/// The best of several short runs, about half a second in all.
Roofline measure_roofline();

/// Measured at the first call; the same for the rest of the process.
const Roofline& roofline();

/// Bytes that lie in no cache any more once as many others have been touched.
std::size_t beyond_caches();

}  // namespace cameo::bench
