// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

#include "tools/cli/option_aliases.h"

namespace CLI {  // NOLINT(readability-identifier-naming): a name of CLI11
class Option;
}

namespace cameo {

/// More than anybody asks for, and less than an int holds.
inline constexpr double kBoundless = 1e9;

/// An option that was added, to say more about it.
class Flag {
 public:
  Flag(CLI::Option* option, OptionAliases& aliases) : option_(option), aliases_(&aliases) {}
  Flag& required();
  /// Smallest and largest value; without the latter none that matters.
  Flag& range(double low, double high = kBoundless);
  Flag& words(const std::vector<std::string>& allowed);
  /// The same; the last of them may bear a number, as in "cuda:1".
  Flag& words_or_numbered(const std::vector<std::string>& allowed);
  /// A former long name without dashes. It still works on the command line, in config files and in
  /// the environment, but --help, --dry-run and saved settings show the current name only.
  Flag& old_name(const std::string& name);
  /// A former word for the value `word`, likewise accepted but never shown.
  Flag& old_word(const std::string& old_word, const std::string& word);

 private:
  CLI::Option* option_;
  OptionAliases* aliases_;
};

}  // namespace cameo
