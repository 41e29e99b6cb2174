// SPDX-License-Identifier: MIT
#include "pipeline/face/blas.h"

#include <atomic>

#include <doctest/doctest.h>

#include "pipeline/face/landmarks.h"
#include "tests/pipeline/model_folders.h"
#include "tests/support/drawn.h"

using namespace cameo;

TEST_CASE("only OpenBLAS without threads and without locks is not thread-safe") {
  // What Debian 12's three packages say of themselves, and the reference BLAS nothing.
  CHECK(is_thread_safe("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Zen MAX_THREADS=64"));
  CHECK(is_thread_safe("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH USE_OPENMP Zen MAX_THREADS=64"));
  CHECK(!is_thread_safe("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Zen SINGLE_THREADED"));
  CHECK(is_thread_safe("OpenBLAS 0.3.23 USE_LOCKING DYNAMIC_ARCH Zen SINGLE_THREADED"));
  CHECK(is_thread_safe(""));
}

// With Debian's libopenblas0-serial and without the lock, dozens of these differ.
TEST_CASE("many threads find the landmarks that one finds") {
  const cv::Mat frame = test::drawn_face();
  const cv::Rect box(50, 50, 100, 100);
  const auto predictor = landmarks_ibug68(test::model_folders());
  const Landmarks alone = predictor->predict(frame, box);
  std::atomic<int> different = 0;
#pragma omp parallel for num_threads(4) schedule(dynamic, 1)
  for (int i = 0; i < 2000; ++i)
    if (predictor->predict(frame, box) != alone) ++different;
  CHECK(different == 0);
}
