// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace cameo {

/// Table of the algorithms found fastest, operation and shapes -> name, in a text file that lasts
/// from run to run. A file that is missing, damaged or of another version counts as empty, and one
/// that cannot be written is left: all that is lost is time.
class AlgorithmCache {
 public:
  AlgorithmCache() = default;  ///< keeps nothing
  /// machine: what the choice depends on beside the key, such as processor and libraries; entries
  /// of other machines are kept and not found.
  explicit AlgorithmCache(std::filesystem::path file, std::string machine = "");
  std::optional<std::string> find(const std::string& key) const;
  /// Adds to what the file holds now, which others may have added to, and replaces it atomically.
  void note(const std::string& key, const std::string& name);

 private:
  std::string line_key(const std::string& key) const;

  std::filesystem::path file_;
  std::string machine_;
  std::map<std::string, std::string> entries_;  ///< machine, tab, key -> name
};

/// The part of a device that says which algorithm an operation takes where there are several.
struct Autotuner {
  /// Algorithms chosen so far, operation and shapes -> name. Sums differ in their last bits between
  /// algorithms, so a run that must repeat another bit for bit starts from the other's table.
  std::map<std::string, std::string> tuning;
  /// Where not empty, the algorithm of this name is taken wherever there is one, without timing.
  std::string forced_algorithm;
  /// What earlier runs found; asked after `tuning`.
  AlgorithmCache cache;
  /// Called with a line where an algorithm was found to compute wrongly and is left out.
  std::function<void(const std::string&)> on_warning;

  /// Calls on_warning, if there is one.
  void warn(const std::string& line) const;
  /// The name in `tuning`, else in the cache.
  std::optional<std::string> known(const std::string& key) const;
  /// timed: the cache is told too.
  void note(const std::string& key, const std::string& name, bool timed);
};

/// Index of the fastest of `count` candidates (at least one), by time(index, least time so far). A
/// candidate whose time() throws Error is passed over; if all do, the first one's error is thrown.
std::size_t pick_fastest(std::size_t count, const std::function<double(std::size_t, double)>& time);

/// Takes one of several algorithms for `key`: the forced one, else the known one, else the fastest
/// of the candidates, or where `timed` is false the first; that is noted unless it was forced.
/// find(name) yields the algorithm of that name, ready to run, or nothing; candidates() the
/// likeliest ones, at least one, the default first; name_of(algorithm) its name; time(algorithm,
/// least so far) how long it takes.
template <class Find, class Candidates, class Name, class Time>
auto pick_algorithm(Autotuner& tuner, const std::string& key, bool timed, Find find,
                    Candidates candidates, Name name_of, Time time) {
  const bool forced = !tuner.forced_algorithm.empty();
  if (const auto name = forced ? tuner.forced_algorithm : tuner.known(key)) {
    if (auto algorithm = find(*name)) {
      if (!forced) tuner.note(key, *name, /*timed=*/false);
      return std::move(*algorithm);
    }
  }
  auto all = candidates();
  timed = timed && !forced && all.size() > 1;
  const auto seconds = [&](std::size_t i, double least) { return time(all[i], least); };
  const std::size_t best = timed ? pick_fastest(all.size(), seconds) : 0;
  if (!forced) tuner.note(key, name_of(all[best]), timed);
  return std::move(all[best]);
}

}  // namespace cameo
