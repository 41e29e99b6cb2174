// SPDX-License-Identifier: MIT
#include "tools/cli/ranges_file.h"

#include <string>

#include <toml++/toml.h>

#include "base/error.h"
#include "pipeline/compose/options.h"
#include "tools/cli/toml_file.h"

namespace cameo {
namespace {

std::string place(const std::filesystem::path& file, const toml::node& node) {
  return file.string() + ":" + std::to_string(node.source().begin.line) + ": ";
}

std::string as_text(const toml::node& node) {
  std::ostringstream text;
  if (const auto* word = node.as_string()) return word->get();
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* real = node.as_floating_point()) text << real->get();
  return text.str();
}

std::vector<FrameRange> frames_of(const toml::node& node) {
  std::vector<std::string> items;
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& item : *list) items.push_back(as_text(item));
  } else {
    items.push_back(as_text(node));
  }
  check(!items.empty(), ErrorCode::Usage, "frames: an empty list");
  return parse_ranges(items);
}

void add_setting(ComposeRange& range, const std::string& name, const toml::node& node) {
  if (name == "frames") {
    range.frames = frames_of(node);
  } else if (name == "skip") {
    const auto* flag = node.as_boolean();
    check(flag != nullptr, ErrorCode::Usage, "skip: expected true or false");
    range.skip = flag->get();
  } else {
    ComposeOptions tried;
    range.settings.emplace_back(name, as_text(node));
    set_compose_option(tried, name, range.settings.back().second);
  }
}

ComposeRange range_of(const std::filesystem::path& file, const toml::table& table) {
  ComposeRange range;
  for (const auto& [key, node] : table) {
    try {
      add_setting(range, std::string(key.str()), node);
    } catch (const Error& error) {
      fail(ErrorCode::Usage, place(file, node), error.what());
    }
  }
  check(range.skip || !range.settings.empty(), ErrorCode::Usage, place(file, table),
        "this [[range]] sets nothing; give it options, or skip = true");
  return range;
}

}  // namespace

std::vector<ComposeRange> read_ranges(const std::filesystem::path& file) {
  const toml::table document = read_toml(file, "file of ranges");
  std::vector<ComposeRange> ranges;
  for (const auto& [key, node] : document) {
    const toml::array* tables = node.as_array();
    check(key.str() == "range" && tables != nullptr && tables->is_array_of_tables(),
          ErrorCode::Usage, place(file, node), "'", std::string(key.str()),
          "' is not [[range]], of which a file of ranges is made");
    for (const toml::node& table : *tables) ranges.push_back(range_of(file, *table.as_table()));
  }
  check(!ranges.empty(), ErrorCode::Usage, file.string(), ": no [[range]] in it");
  return ranges;
}

}  // namespace cameo
