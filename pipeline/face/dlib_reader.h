// SPDX-License-Identifier: MIT
#pragma once
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>

#include "base/error.h"

namespace cameo {

/// Reader of the numbers in a file that dlib serialized, out of memory: many times as fast as
/// dlib's own, which goes through a stream for each byte. Throws Error (ErrorCode::Format) naming
/// the file where it ends early or holds something else.
class DlibReader {
 public:
  DlibReader(std::span<const unsigned char> bytes, const std::filesystem::path& file)
      : left_(bytes), file_(file) {}

  /// An integer of up to 8 bytes: a byte with their number and the sign, then its magnitude,
  /// lowest byte first.
  std::int64_t integer() {
    const std::size_t head = left_.empty() ? 0 : left_.front();
    const std::size_t size = head & 0x0FU;
    if (size < 1 || size > sizeof(std::uint64_t) || size >= left_.size()) refuse();
    std::uint64_t value = 0;
    if (std::endian::native == std::endian::little && left_.size() > sizeof(value)) {
      std::memcpy(&value, left_.data() + 1, sizeof(value));
      value &= ~std::uint64_t{0} >> (8 * (sizeof(value) - size));
    } else {
      for (std::size_t i = size; i > 0; --i) value = value << 8U | left_[i];
    }
    left_ = left_.subspan(size + 1);
    const auto magnitude = static_cast<std::int64_t>(value);
    return (head & 0x80U) != 0 ? -magnitude : magnitude;
  }

  /// A count of things that take `least` bytes or more each, so that the file can hold them.
  std::size_t count(std::size_t least) {
    const std::int64_t number = integer();
    check(number >= 0 && static_cast<std::uint64_t>(number) <= left_.size() / least,
          ErrorCode::Format, file_.string(), ": a count of ", number, " with ", left_.size(),
          " bytes left");
    return static_cast<std::size_t>(number);
  }

  /// A float: mantissa and exponent, both integers.
  float real() {
    constexpr std::int64_t kInfinity = 32000, kMinusInfinity = 32001, kMostPlain = 100;
    const auto mantissa = static_cast<float>(integer());
    const std::int64_t exponent = integer();
    if (exponent >= -kMostPlain && exponent <= kMostPlain)  // a power of two that is no denormal
      return mantissa * std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23U);
    if (exponent == kInfinity) return std::numeric_limits<float>::infinity();
    if (exponent == kMinusInfinity) return -std::numeric_limits<float>::infinity();
    if (exponent > kMinusInfinity) return std::numeric_limits<float>::quiet_NaN();
    return std::ldexp(mantissa, static_cast<int>(exponent));
  }

 private:
  /// Apart, as a message costs more to make than a number to read.
  [[noreturn]] void refuse() const {
    fail(ErrorCode::Format, file_.string(), ": no number of dlib's, ", left_.size(),
         " bytes before the end");
  }

  std::span<const unsigned char> left_;
  std::filesystem::path file_;
};

}  // namespace cameo
