// SPDX-License-Identifier: MIT
#include "model/train/backups.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>

#include "base/error.h"
#include "model/file/model_file.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".bak";

fs::path backup(const fs::path& file, int number) {
  return file.string() + std::string(kEnding) + std::to_string(number);
}

Backup read_backup(const fs::path& file, int number) {
  Backup found{.file = file, .number = number};
  try {
    const SafetensorsFile opened(file);
    found.iteration = read_model_info(opened).iteration;
    const auto run = opened.metadata().find("run");
    if (run != opened.metadata().end()) found.run = run->second;
    found.readable = true;
  } catch (const std::exception&) {
    // A damaged backup is no worse than none.
  }
  return found;
}

/// The number of a backup of that name, if it is one.
std::optional<int> number_of(const std::string& name, const std::string& model) {
  const std::string begin = model + std::string(kEnding);
  if (!name.starts_with(begin)) return {};
  int number = 0;
  const char* const last = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data() + begin.size(), last, number);
  return error == std::errc() && end == last && number > 0 ? std::optional(number) : std::nullopt;
}

/// Moves a backup out of the way of those to come.
void keep_for_good(const fs::path& file, const fs::path& found) {
  int number = 1;
  fs::path name;
  do {
    name = file.string() + ".kept" + std::to_string(number++);
  } while (fs::exists(name));
  fs::rename(found, name);
}

bool is_of_run(const Backup& found, const Backup& current) {
  const bool other = !found.run.empty() && !current.run.empty() && found.run != current.run;
  return !found.readable || (!other && found.iteration <= current.iteration);
}

/// Number 0 becomes number 1 and so on.
void rotate(const fs::path& file, int backups, const Backup& current) {
  for (int i = 1; i <= backups; ++i) {
    const fs::path there = backup(file, i);
    if (fs::exists(there) && !is_of_run(read_backup(there, i), current)) keep_for_good(file, there);
  }
  for (int i = backups; i > 0; --i) {
    if (fs::exists(backup(file, i - 1))) fs::rename(backup(file, i - 1), backup(file, i));
  }
}

}  // namespace

std::vector<Backup> list_backups(const fs::path& file) {
  std::vector<Backup> all;
  std::error_code error;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const auto number = number_of(entries->path().filename().string(), file.filename().string());
    if (number) all.push_back(read_backup(entries->path(), *number));
  }
  std::sort(all.begin(), all.end(),
            [](const Backup& a, const Backup& b) { return a.number < b.number; });
  return all;
}

std::string describe_readable(const std::vector<Backup>& backups) {
  std::string text;
  for (const Backup& one : backups) {
    if (!one.readable) continue;
    text += (text.empty() ? "" : ", ") + one.file.filename().string() + " (iteration " +
            std::to_string(one.iteration) + ")";
  }
  return text;
}

void replace_keeping_backups(const fs::path& file, int backups, const std::string& run,
                             const std::function<void()>& write) {
  const fs::path kept = backup(file, 0);
  std::error_code ignored;
  try {
    const bool replaces = backups > 0 && fs::exists(file);
    Backup current;
    if (replaces) {
      current = read_backup(file, 0);
      if (current.run.empty()) current.run = run;
      // `file` stays in its place all the while: `kept` is a second name for it.
      fs::remove(kept, ignored);  // of a run that was cut off
      fs::create_hard_link(file, kept, ignored);
      if (ignored) fs::copy_file(file, kept);  // file systems without links
    }
    write();
    if (replaces) rotate(file, backups, current);
  } catch (const fs::filesystem_error& e) {
    fs::remove(kept, ignored);
    fail(ErrorCode::Input, file.string(), ": cannot keep a backup: ", e.what());
  } catch (...) {
    fs::remove(kept, ignored);
    throw;
  }
}

fs::path newest_checkpoint(const fs::path& file, int backups, std::int64_t iteration) {
  for (int i = 0; i <= backups; ++i) {
    const Backup one = read_backup(i == 0 ? file : backup(file, i), i);
    if (one.readable && one.iteration <= iteration) return one.file;
  }
  return {};
}

}  // namespace cameo
