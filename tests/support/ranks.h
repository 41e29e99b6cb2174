// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <exception>
#include <functional>
#include <omp.h>
#include <string>
#include <thread>
#include <vector>

#include "engine/socket_ring.h"

namespace cameo::test {

/// Runs work as every rank of a group, each in a thread of its own with one thread for its loops,
/// and returns what each threw; "" where it did not.
inline std::vector<std::string> on_ranks(int ranks,
                                         const std::function<void(const RankPlace&)>& work,
                                         double timeout = 60) {
  std::vector<std::string> said(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  const int port = free_port();
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      omp_set_num_threads(1);
      try {
        work({.rank = rank, .ranks = ranks, .local_rank = rank, .port = port, .timeout = timeout});
      } catch (const std::exception& e) {
        said[static_cast<std::size_t>(rank)] = e.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  return said;
}

/// What on_ranks() returns where nothing went wrong.
inline std::vector<std::string> nothing_from(int ranks) {
  return std::vector<std::string>(static_cast<std::size_t>(ranks));
}

}  // namespace cameo::test
