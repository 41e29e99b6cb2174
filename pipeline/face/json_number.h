// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <limits>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace cameo {

/// A number of a file as T. Throws Error (ErrorCode::Format) if T does not hold it, of which the
/// library's own conversion may make anything, and json::type_error if it is no number.
template <class T>
T json_number(const nlohmann::json& in) {
  const auto value = in.get<double>();
  bool fits = false;
  if constexpr (std::is_integral_v<T>) {
    static_assert(std::is_signed_v<T>);
    constexpr auto kLeast = static_cast<double>(std::numeric_limits<T>::min());
    fits = value >= kLeast && value < -kLeast;
  } else {
    fits = std::abs(value) <= static_cast<double>(std::numeric_limits<T>::max());
  }
  check(fits, ErrorCode::Format, "the number ", value, " is too large");
  return in.get<T>();
}

/// The same of an object's value; `other` where there is none.
template <class T>
T json_number(const nlohmann::json& in, const char* key, T other) {
  const auto at = in.find(key);
  return at == in.end() ? other : json_number<T>(*at);
}

}  // namespace cameo
