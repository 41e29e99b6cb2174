// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"

namespace cameo {

/// Reader of the numbers in a file that dlib serialized, many times as fast as dlib's own, which
/// asks a stream for each of a number's bytes. Throws Error naming the file: ErrorCode::Input if it
/// cannot be read, ErrorCode::Format where it ends early or holds something else.
class DlibReader {
 public:
  explicit DlibReader(const std::filesystem::path& file)
      : name_(file.string()), stream_(file, std::ios::binary), buffer_(kBuffer) {
    check(stream_.good(), ErrorCode::Input, name_, ": cannot be read");
    std::error_code error;
    left_ = std::filesystem::file_size(file, error);
  }

  /// An integer of up to 8 bytes: a byte with their number and the sign, then its magnitude,
  /// lowest byte first.
  std::int64_t integer() {
    if (end_ - at_ <= kMost) refill();
    const std::size_t head = at_ < end_ ? buffer_[at_] : 0;
    const std::size_t size = head & 0x0FU;
    if (size < 1 || size > kMost || size >= end_ - at_) refuse();
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) value = value << 8U | buffer_[at_ + i];
    at_ += size + 1;
    const auto magnitude = static_cast<std::int64_t>(value);
    return (head & 0x80U) != 0 ? -magnitude : magnitude;
  }

  /// A count of things that take `least` bytes or more each, so that the file can hold them.
  std::size_t count(std::size_t least) {
    const std::int64_t number = integer();
    const std::uint64_t bytes = left_ + (end_ - at_);
    check(number >= 0 && static_cast<std::uint64_t>(number) <= bytes / least, ErrorCode::Format,
          name_, ": a count of ", number, " with ", bytes, " bytes left");
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
  static constexpr std::size_t kBuffer = std::size_t{1} << 18U;
  static constexpr std::size_t kMost = sizeof(std::uint64_t);

  void refill() {
    std::copy(buffer_.data() + at_, buffer_.data() + end_, buffer_.data());
    end_ -= at_;
    at_ = 0;
    stream_.read(reinterpret_cast<char*>(buffer_.data() + end_),
                 static_cast<std::streamsize>(buffer_.size() - end_));
    const auto read = static_cast<std::size_t>(stream_.gcount());
    end_ += read;
    left_ -= std::min<std::uintmax_t>(read, left_);
  }

  /// Apart, as a message costs more to make than a number to read.
  [[noreturn]] void refuse() const {
    fail(ErrorCode::Format, name_, ": no number of dlib's, ", left_ + (end_ - at_),
         " bytes before the end");
  }

  std::string name_;
  std::ifstream stream_;
  std::vector<unsigned char> buffer_;
  std::size_t at_ = 0, end_ = 0;  // of what is in the buffer
  std::uintmax_t left_ = 0;       // bytes of the file behind it
};

}  // namespace cameo
