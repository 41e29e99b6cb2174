// SPDX-License-Identifier: MIT
#include "tools/cli/flags_config.h"

#include <cstdlib>
#include <limits>
#include <sstream>

#include "base/error.h"

namespace cameo {

std::vector<std::string> as_inputs(const Setting& setting) {
  if (const auto* words = std::get_if<std::vector<std::string>>(&setting)) return *words;
  if (const auto* word = std::get_if<std::string>(&setting)) return {*word};
  if (const auto* flag = std::get_if<bool>(&setting)) return {*flag ? "true" : "false"};
  if (const auto* whole = std::get_if<std::int64_t>(&setting)) return {std::to_string(*whole)};
  std::ostringstream text;
  text.precision(std::numeric_limits<double>::max_digits10);
  text << std::get<double>(setting);
  return {text.str()};
}

std::vector<CLI::ConfigItem> TomlConfig::from_config(std::istream&) const {
  std::vector<CLI::ConfigItem> found;
  for (const NamedSetting& entry : aliases_.rename(read_config(file_, command_))) {
    const CLI::Option* option = app_.get_option_no_throw("--" + entry.name);
    check(option != nullptr && option->get_configurable(), ErrorCode::Usage, file_.string(),
          ": cameo ", command_, " has no setting ", entry.name, "; cameo ", command_,
          " --help lists them");
    const char* stronger = std::getenv(option->get_envname().c_str());
    if (stronger != nullptr && *stronger != '\0') continue;
    CLI::ConfigItem item;
    item.name = entry.name;
    item.inputs = as_inputs(entry.value);
    found.push_back(std::move(item));
  }
  return found;
}

}  // namespace cameo
