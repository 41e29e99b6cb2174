// SPDX-License-Identifier: MIT
#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cameo {

/// Settings of a network read from text: "size=64 down=128,256 code=512", lists of positive
/// integers by name, flags that are 0 or 1.
class Settings {
 public:
  /// known: the names there may be. Throws Error (ErrorCode::Format) if the text is none.
  Settings(std::string text, std::initializer_list<std::string_view> known);

  /// Empty if the text does not name it. Throws Error (ErrorCode::Format) if it holds a 0.
  std::vector<int> list(const std::string& name) const;
  /// Throws Error (ErrorCode::Format) unless it is one integer.
  int integer(const std::string& name) const;
  int integer(const std::string& name, int otherwise) const;
  /// Throws Error (ErrorCode::Format) unless it is 0 or 1.
  bool flag(const std::string& name, bool otherwise) const;

 private:
  std::string text_;
  std::map<std::string, std::vector<int>> lists_;
};

/// "128,256".
std::string joined(const std::vector<int>& list);

}  // namespace cameo
