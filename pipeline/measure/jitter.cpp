// SPDX-License-Identifier: MIT
#include "pipeline/measure/jitter.h"

#include "base/error.h"

namespace cameo {

double jitter(const Landmarks& before, const Landmarks& at, const Landmarks& after) {
  check(!at.empty() && before.size() == at.size() && after.size() == at.size(), ErrorCode::Format,
        "jitter: ", before.size(), ", ", at.size(), " and ", after.size(), " landmarks");
  double sum = 0;
  for (std::size_t i = 0; i < at.size(); ++i)
    sum += cv::norm(cv::Point2d(before[i]) - 2 * cv::Point2d(at[i]) + cv::Point2d(after[i]));
  return sum / static_cast<double>(at.size());
}

}  // namespace cameo
