// SPDX-License-Identifier: MIT
#include "pipeline/media/image.h"

#include <algorithm>
#include <array>
#include <string>

#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "base/files.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr int kLossyQuality = 95;
constexpr std::array<std::string_view, 7> kSuffixes = {".png", ".jpg",  ".jpeg", ".bmp",
                                                       ".tif", ".tiff", ".webp"};

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

cv::Mat read_image(const fs::path& file) {
  std::error_code unknown;  // of a file that is missing, say: reading tells
  const std::uintmax_t size = fs::file_size(file, unknown);
  check(unknown || size <= kMostImageBytes, ErrorCode::Input, file.string(), ": ", size,
        " bytes; image files of at most ", kMostImageBytes, " bytes are read");
  const std::vector<unsigned char> bytes = read_bytes(file);
  check(!bytes.empty(), ErrorCode::Input, file.string(), ": empty file");
  check(!jpeg_cut_off(bytes) && !png_cut_off(bytes), ErrorCode::Input, file.string(),
        ": this image is cut off after ", bytes.size(), " bytes; copy it again");
  cv::Mat image;
  try {
    image = cv::imdecode(bytes, cv::IMREAD_COLOR);  // turns by EXIF, converts to 8-bit BGR
  } catch (const cv::Exception& e) {
    fail(ErrorCode::Input, file.string(), ": cannot be decoded: ", e.err);
  }
  check(!image.empty(), ErrorCode::Input, file.string(), ": not an image, or damaged (",
        bytes.size(), " bytes)");
  return image;
}

std::vector<unsigned char> encode_image(const fs::path& file, const cv::Mat& image) {
  check(is_image(file), ErrorCode::Usage, file.string(), ": no image format goes by the suffix '",
        file.extension().string(), "'; take .png, .jpg, .bmp, .tif or .webp");
  check(!image.empty() && image.depth() == CV_8U, file.string(),
        ": only 8-bit images are written, got ", image.cols, "x", image.rows, " of depth ",
        image.depth());
  std::vector<unsigned char> bytes;
  try {
    const bool ok = cv::imencode(
        lower_suffix(file), image, bytes,
        {cv::IMWRITE_JPEG_QUALITY, kLossyQuality, cv::IMWRITE_WEBP_QUALITY, kLossyQuality});
    check(ok, ErrorCode::Input, file.string(), ": cannot be encoded");
  } catch (const cv::Exception& e) {
    fail(ErrorCode::Input, file.string(), ": cannot be encoded: ", e.err);
  }
  return bytes;
}

void write_image(const fs::path& file, const cv::Mat& image) {
  write_bytes(file, encode_image(file, image));
}

bool is_image(const fs::path& file) {
  const std::string suffix = lower_suffix(file);
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

bool same_image_format(const fs::path& a, const fs::path& b) {
  const auto format_of = [](const fs::path& file) {
    const std::string suffix = lower_suffix(file);
    if (suffix == ".jpeg") return std::string(".jpg");
    if (suffix == ".tiff") return std::string(".tif");
    return suffix;
  };
  return is_image(a) && format_of(a) == format_of(b);
}

std::vector<fs::path> list_images(const fs::path& folder) {
  return list_files(folder, kSuffixes);
}

}  // namespace cameo
