// SPDX-License-Identifier: MIT
#include "pipeline/media/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace {

// Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
constexpr std::array<std::uint32_t, 64> kRound = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr std::size_t kFilePart = 1U << 20U;

}  // namespace

void Sha256::block(const unsigned char* bytes) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned char* at = bytes + 4 * i;
    w[i] = std::uint32_t{at[0]} << 24U | std::uint32_t{at[1]} << 16U | std::uint32_t{at[2]} << 8U |
           at[3];
  }
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
    const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRound[i] + w[i];
    const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::array<std::uint32_t, 8> add = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += add[i];
}

void Sha256::update(std::span<const unsigned char> bytes) {
  total_bytes_ += bytes.size();
  while (!bytes.empty()) {
    if (waiting_bytes_ == 0 && bytes.size() >= waiting_.size()) {
      block(bytes.data());
      bytes = bytes.subspan(waiting_.size());
      continue;
    }
    const std::size_t take = std::min(bytes.size(), waiting_.size() - waiting_bytes_);
    std::memcpy(waiting_.data() + waiting_bytes_, bytes.data(), take);
    waiting_bytes_ += take;
    bytes = bytes.subspan(take);
    if (waiting_bytes_ < waiting_.size()) return;
    block(waiting_.data());
    waiting_bytes_ = 0;
  }
}

void Sha256::update(std::string_view text) {
  update({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

std::string Sha256::hex() {
  const std::uint64_t bits = total_bytes_ * 8;
  std::vector<unsigned char> tail(1, 0x80);
  while ((total_bytes_ + tail.size()) % 64 != 56) tail.push_back(0);
  for (unsigned shift = 64; shift > 0; shift -= 8)
    tail.push_back(static_cast<unsigned char>(bits >> (shift - 8)));
  update(tail);
  std::string text;
  for (const std::uint32_t word : state_)
    for (unsigned shift = 32; shift > 0; shift -= 4)
      text += "0123456789abcdef"[(word >> (shift - 4)) & 15U];
  return text;
}

std::string sha256_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  check(in.good(), ErrorCode::Input, file.string(), ": cannot be opened");
  Sha256 sum;
  std::vector<unsigned char> part(kFilePart);
  while (in.good()) {
    in.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(part.size()));
    sum.update(std::span(part).first(static_cast<std::size_t>(in.gcount())));
  }
  check(in.eof(), ErrorCode::Input, file.string(), ": cannot be read to its end");
  return sum.hex();
}

std::string source_sha256(const std::filesystem::path& input) {
  if (!std::filesystem::is_directory(input)) return sha256_of_file(input);
  Sha256 sum;
  for (const auto& image : list_images(input)) {
    std::error_code error;
    const auto size = std::filesystem::file_size(image, error);
    sum.update(image.filename().string() + '\0' + std::to_string(error ? 0 : size) + '\n');
  }
  return sum.hex();
}

}  // namespace cameo
