// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

#include "tools/cli/option_aliases.h"

namespace CLI {  // NOLINT(readability-identifier-naming): a name of CLI11
class Option;
}

namespace cameo {

/// Upper end of a range without one; fits an int.
inline constexpr double kBoundless = 1e9;

/// Handle to an option, to restrict its values and name its aliases.
class Flag {
 public:
  Flag(CLI::Option* option, OptionAliases& aliases) : option_(option), aliases_(&aliases) {}
  Flag& required();
  /// Works, but does not show in --help.
  Flag& hidden();
  /// Refuses an empty value, as every option of a path does: whoever gives one, as a variable of a
  /// shell that is not set, does not mean "none".
  Flag& not_empty();
  /// Smallest and largest value; by default there is no largest.
  Flag& range(double low, double high = kBoundless);
  /// The same; `former` once stood for "not given" and is accepted but never shown.
  Flag& range_or(double former, double low, double high = kBoundless);
  /// The words it takes.
  Flag& words(const std::vector<std::string>& allowed);
  /// The same; the last of them may be followed by a number, as in "cuda:1".
  Flag& words_or_numbered(const std::vector<std::string>& allowed);
  /// A former long name without dashes. It still works on the command line, in config files and in
  /// the environment, but --help, --dry-run and saved settings show the current name only.
  Flag& old_name(const std::string& name);
  /// A word that stands for a value, such as a former name of it. Accepted but never shown.
  Flag& word(const std::string& word, const std::string& value);

 private:
  CLI::Option* option_;
  OptionAliases* aliases_;
};

}  // namespace cameo
