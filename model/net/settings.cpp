// SPDX-License-Identifier: MIT
#include "model/net/settings.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kMostChannels = 1 << 20;

std::vector<int> integers_in(std::string_view list, const std::string& text) {
  std::vector<int> integers;
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    int integer = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), integer);
    check(error == std::errc() && end == item.data() + item.size() && integer >= 0 &&
              integer <= kMostChannels,
          ErrorCode::Format, "network: not a size: ", item, " in \"", text, "\"");
    integers.push_back(integer);
  }
  return integers;
}

}  // namespace

Settings::Settings(std::string text, std::initializer_list<std::string_view> known)
    : text_(std::move(text)) {
  std::istringstream words(text_);
  for (std::string word; words >> word;) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string name = word.substr(0, equals);
    check(std::find(known.begin(), known.end(), name) != known.end(), ErrorCode::Format,
          "network: unknown setting ", name, " in \"", text_, "\"; a newer Cameo may read it");
    lists_[name] =
        integers_in(std::string_view(word).substr(equals + (equals < word.size())), text_);
  }
}

std::vector<int> Settings::list(const std::string& name) const {
  const auto found = lists_.find(name);
  if (found == lists_.end()) return {};
  check(std::count(found->second.begin(), found->second.end(), 0) == 0, ErrorCode::Format,
        "network: not a size: 0 in \"", text_, "\"");
  return found->second;
}

int Settings::integer(const std::string& name) const {
  const std::vector<int> one = list(name);
  check(one.size() == 1, ErrorCode::Format, "network: \"", text_, "\" has no ", name);
  return one[0];
}

int Settings::integer(const std::string& name, int otherwise) const {
  return lists_.contains(name) ? integer(name) : otherwise;
}

bool Settings::flag(const std::string& name, bool otherwise) const {
  const auto found = lists_.find(name);
  if (found == lists_.end()) return otherwise;
  check(found->second.size() == 1 && found->second[0] <= 1, ErrorCode::Format, "network: ", name,
        " must be 0 or 1 in \"", text_, "\"");
  return found->second[0] == 1;
}

std::string joined(const std::vector<int>& list) {
  std::string text;
  for (const int integer : list) text += (text.empty() ? "" : ",") + std::to_string(integer);
  return text;
}

}  // namespace cameo
