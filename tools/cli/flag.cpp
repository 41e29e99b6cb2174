// SPDX-License-Identifier: MIT
#include "tools/cli/flag.h"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "tools/cli/text.h"

namespace cameo {

Flag& Flag::required() {
  option_->required();
  return *this;
}

Flag& Flag::hidden() {
  option_->group("");
  return *this;
}

Flag& Flag::not_empty() {
  option_->check(CLI::Validator(
      [](const std::string& word) {
        return word.empty() ? std::string("an empty value") : std::string();
      },
      ""));
  return *this;
}

Flag& Flag::range(double low, double high) {
  return range_or(low, low, high);
}

Flag& Flag::range_or(double former, double low, double high) {
  std::ostringstream span;
  span << low;
  if (high < kBoundless)
    span << " to " << high;
  else
    span << " or more";
  option_->check(CLI::Validator(
      [former, low, high, says = span.str()](const std::string& word) {
        double number = 0;
        const bool good = CLI::detail::lexical_cast(word, number) &&
                          ((number >= low && number <= high) || number == former);
        return good ? std::string() : word + " is not a number in the range " + says;
      },
      span.str()));
  return *this;
}

namespace {

/// Whether `word` is `name` with a number of up to six digits behind a colon.
bool is_numbered(const std::string& word, const std::string& name) {
  const std::string start = name + ":";
  if (word.rfind(start, 0) != 0 || word.size() < start.size() + 1 || word.size() > start.size() + 6)
    return false;
  return word.find_first_not_of("0123456789", start.size()) == std::string::npos;
}

/// One of the words, or the last of them with a number.
CLI::Validator one_of(const std::vector<std::string>& allowed, bool numbered) {
  std::string list;
  for (const std::string& word : allowed) list += (list.empty() ? "" : "|") + word;
  if (numbered) list += "[:N]";
  return CLI::Validator(
      [allowed, list, numbered](const std::string& word) {
        if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return std::string();
        if (numbered && is_numbered(word, allowed.back())) return std::string();
        const std::string meant = nearest(word, allowed);
        return word + " is not one of " + list +
               (meant.empty() ? "" : "; did you mean " + meant + "?");
      },
      list);
}

}  // namespace

Flag& Flag::words(const std::vector<std::string>& allowed) {
  option_->check(one_of(allowed, false));
  option_->type_name("");
  return *this;
}

Flag& Flag::words_or_numbered(const std::vector<std::string>& allowed) {
  option_->check(one_of(allowed, true));
  option_->type_name("");
  return *this;
}

Flag& Flag::old_name(const std::string& name) {
  aliases_->add(name, option_->get_lnames().front());
  return *this;
}

Flag& Flag::word(const std::string& word, const std::string& value) {
  option_->transform(CLI::Validator(
      [word, value](std::string& given) {
        if (given == word) given = value;
        return std::string();
      },
      ""));
  return *this;
}

}  // namespace cameo
