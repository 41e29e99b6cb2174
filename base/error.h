// SPDX-License-Identifier: MIT
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>

namespace cameo {

/// What went wrong, as far as a caller may care: the tools turn it into their exit code.
enum class ErrorCode {
  Failed,  ///< anything else
  Usage,   ///< a request that cannot be met: wrong option, wrong combination
  Input,   ///< a file or folder that is missing, unreadable or damaged
  NoFace,  ///< nothing to work on: no face found, or the filter left none
  Device,  ///< no such device, or not enough memory
  Format,  ///< a model or weight file that does not hold what it should
};

/// Every failure this library reports; what() begins with the op or file concerned.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, ErrorCode code = ErrorCode::Failed)
      : std::runtime_error(what), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

/// Throws Error with the parts joined into one line.
template <class... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  std::ostringstream line;
  (line << ... << parts);
  throw Error(line.str(), code);
}

/// Throws Error (ErrorCode::Failed), the parts joined into one line, unless `ok`.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) fail(ErrorCode::Failed, parts...);
}

/// The same with a code that the tools report by an exit code of its own.
template <class... Parts>
void check(bool ok, ErrorCode code, const Parts&... parts) {
  if (!ok) fail(code, parts...);
}

}  // namespace cameo
