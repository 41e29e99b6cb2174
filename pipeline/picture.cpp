// SPDX-License-Identifier: MIT
#include "pipeline/picture.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include <opencv2/imgcodecs.hpp>

#include "kernels/check.h"
#include "pipeline/files.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr int kLossyQuality = 95;
constexpr std::array<std::string_view, 7> kSuffixes = {".png", ".jpg",  ".jpeg", ".bmp",
                                                       ".tif", ".tiff", ".webp"};

std::string lower_suffix(const fs::path& file) {
  std::string suffix = file.extension().string();
  for (char& c : suffix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return suffix;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_number(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && digit(text[n])) ++n;
  std::string_view number = text.substr(0, n);
  text.remove_prefix(n);
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  return number;
}

// libjpeg fills what is missing with grey and libpng complains on stderr, so files that were cut
// off are told here: after a JPEG's first scan there must be an end-of-image marker, ...
bool jpeg_cut_off(const std::vector<unsigned char>& bytes) {
  constexpr unsigned char kMark = 0xFF;
  constexpr unsigned char kScan = 0xDA;
  constexpr unsigned char kEnd = 0xD9;
  if (bytes.size() < 4 || bytes[0] != kMark || bytes[1] != 0xD8) return false;
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && bytes[at] == kMark && bytes[at + 1] != kScan) {
    at += bytes[at + 1] == kMark ? 1 : 2U + bytes[at + 2] * 256U + bytes[at + 3];
  }
  while (at + 2 <= bytes.size() && !(bytes[at] == kMark && bytes[at + 1] == kEnd)) ++at;
  return at + 2 > bytes.size();
}

// ... and a PNG has a last chunk.
bool png_cut_off(const std::vector<unsigned char>& bytes) {
  constexpr std::string_view kStart = "\x89PNG";
  constexpr std::string_view kLastChunk = "IEND";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.starts_with(kStart) && text.rfind(kLastChunk) == std::string_view::npos;
}

}  // namespace

cv::Mat read_picture(const fs::path& file) {
  const std::vector<unsigned char> bytes = read_bytes(file);
  check(!bytes.empty(), Fault::Input, file.string(), ": empty file");
  check(!jpeg_cut_off(bytes) && !png_cut_off(bytes), Fault::Input, file.string(),
        ": this picture is cut off after ", bytes.size(), " bytes; copy it again");
  cv::Mat picture;
  try {
    picture = cv::imdecode(bytes, cv::IMREAD_COLOR);  // turns by EXIF, converts to 8-bit BGR
  } catch (const cv::Exception& e) {
    fail(Fault::Input, file.string(), ": cannot be decoded: ", e.err);
  }
  check(!picture.empty(), Fault::Input, file.string(), ": not a picture, or damaged (",
        bytes.size(), " bytes)");
  return picture;
}

std::vector<unsigned char> encode_picture(const fs::path& file, const cv::Mat& picture) {
  check(is_picture(file), Fault::Usage, file.string(), ": no picture format goes by the suffix '",
        file.extension().string(), "'; take .png, .jpg, .bmp, .tif or .webp");
  check(!picture.empty() && picture.depth() == CV_8U, file.string(),
        ": only 8-bit pictures are written, got ", picture.cols, "x", picture.rows, " of depth ",
        picture.depth());
  std::vector<unsigned char> bytes;
  try {
    const bool ok = cv::imencode(
        lower_suffix(file), picture, bytes,
        {cv::IMWRITE_JPEG_QUALITY, kLossyQuality, cv::IMWRITE_WEBP_QUALITY, kLossyQuality});
    check(ok, Fault::Input, file.string(), ": cannot be encoded");
  } catch (const cv::Exception& e) {
    fail(Fault::Input, file.string(), ": cannot be encoded: ", e.err);
  }
  return bytes;
}

void write_picture(const fs::path& file, const cv::Mat& picture) {
  write_bytes(file, encode_picture(file, picture));
}

bool is_picture(const fs::path& file) {
  const std::string suffix = lower_suffix(file);
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

bool natural_less(std::string_view left, std::string_view right) {
  std::string_view l = left;
  std::string_view r = right;
  while (!l.empty() && !r.empty()) {
    if (digit(l.front()) && digit(r.front())) {
      const std::string_view a = take_number(l);
      const std::string_view b = take_number(r);
      if (a.size() != b.size()) return a.size() < b.size();
      if (a != b) return a < b;
    } else if (l.front() != r.front()) {
      return static_cast<unsigned char>(l.front()) < static_cast<unsigned char>(r.front());
    } else {
      l.remove_prefix(1);
      r.remove_prefix(1);
    }
  }
  if (l.size() != r.size()) return l.size() < r.size();
  return left < right;  // 01 and 1: an order all the same
}

std::vector<fs::path> list_pictures(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  check(!error, Fault::Input, folder.string(), ": cannot be listed: ", error.message());
  std::vector<fs::path> pictures;
  for (const auto& entry : entries) {
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && entry.is_regular_file(error) && is_picture(entry.path()))
      pictures.push_back(entry.path());
  }
  std::sort(pictures.begin(), pictures.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return pictures;
}

}  // namespace cameo
