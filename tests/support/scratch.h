// SPDX-License-Identifier: MIT
#pragma once
#include <exception>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace cameo::test {

/// A new empty folder that goes away with this object.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cameo-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// What the exception says that `act` threw, of whatever class; the empty text if it threw none.
template <class Act>
std::string message_of(Act&& act) {
  try {
    act();
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace cameo::test
