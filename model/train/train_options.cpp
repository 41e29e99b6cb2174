// SPDX-License-Identifier: MIT
#include "model/train/train_options.h"

#include <cmath>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "model/train/ranks.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

fs::path real_path(const fs::path& folder) {
  std::error_code error;
  fs::path real = fs::canonical(folder, error);
  return error ? tidy_path(folder) : real;
}

}  // namespace

void check_options(const TrainOptions& options) {
  check(options.iterations > 0 && options.save_interval > 0 && options.metrics_interval > 0 &&
            options.preview_interval > 0 && options.backups >= 0,
        ErrorCode::Usage, "train: iterations ", options.iterations, ", intervals ",
        options.save_interval, ", ", options.metrics_interval, ", ", options.preview_interval,
        " must be positive");
  check(options.save_seconds >= 0 && options.preview_seconds >= 0, ErrorCode::Usage,
        "train: seconds between saves ", options.save_seconds, " and previews ",
        options.preview_seconds, " must not be negative");
  check(std::isfinite(options.max_rise) && (options.max_rise == 0 || options.max_rise > 1),
        ErrorCode::Usage, "train: max_rise ", options.max_rise, " must be 0 or above 1");
  for (const fs::path& a : options.faces_a)
    for (const fs::path& b : options.faces_b)
      check(options.force || real_path(a) != real_path(b), ErrorCode::Usage, "train: ", a.string(),
            " is given for both A and B");
}

TrainOptions options_of_rank(TrainOptions options) {
  if (Ranks(options.group).leads()) return options;
  options.preview.clear();
  options.save_seconds = options.preview_seconds = 0;
  return options;
}

}  // namespace cameo
