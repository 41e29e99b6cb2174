// SPDX-License-Identifier: MIT
#include "pipeline/media/image_format.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::pair<std::string_view, ImageFormat>, 17> kSuffixes{{
    {".jpg", ImageFormat::Jpeg},
    {".jpeg", ImageFormat::Jpeg},
    {".jpe", ImageFormat::Jpeg},
    {".jfif", ImageFormat::Jpeg},
    {".png", ImageFormat::Png},
    {".bmp", ImageFormat::Bmp},
    {".tif", ImageFormat::Tiff},
    {".tiff", ImageFormat::Tiff},
    {".webp", ImageFormat::Webp},
    {".heic", ImageFormat::Heif},
    {".heif", ImageFormat::Heif},
    {".avif", ImageFormat::Heif},
    {".jp2", ImageFormat::Jpeg2000},
    {".pnm", ImageFormat::Pnm},
    {".pbm", ImageFormat::Pnm},
    {".pgm", ImageFormat::Pnm},
    {".ppm", ImageFormat::Pnm},
}};

ImageFormat format_of_suffix(std::string_view suffix) {
  const auto* const at = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                      [&](const auto& known) { return known.first == suffix; });
  return at == kSuffixes.end() ? ImageFormat::None : at->second;
}

// ISO base media files say what they are in their first box; videos have other brands.
bool is_heif(std::string_view head) {
  constexpr std::array<std::string_view, 8> kBrands{"heic", "heix", "heim", "heis",
                                                    "mif1", "avif", "msf1", "avis"};
  return head.size() >= 12 && head.substr(4, 4) == "ftyp" &&
         std::find(kBrands.begin(), kBrands.end(), head.substr(8, 4)) != kBrands.end();
}

bool is_bmp(std::string_view head) {
  return head.size() >= 10 && head.starts_with("BM") &&
         head.substr(6, 4) == std::string_view("\0\0\0\0", 4);
}

bool is_pnm(std::string_view head) {
  return head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
         (head[2] == '\n' || head[2] == ' ' || head[2] == '\t' || head[2] == '\r');
}

/// What a passed-over entry counts as: its suffix, or the kind of thing that it is.
std::string kind_of(const fs::directory_entry& entry) {
  std::error_code unknown;
  switch (entry.status(unknown).type()) {
    case fs::file_type::directory:
      return "folder";
    case fs::file_type::regular:
      break;
    case fs::file_type::none:
    case fs::file_type::not_found:
      return "link that leads nowhere";
    default:
      return "that is no regular file";
  }
  const std::string suffix = lower_suffix(entry.path());
  return suffix.empty() ? "without a suffix" : suffix;
}

bool is_own(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with('.') || name.ends_with(".faces.json") || name.ends_with(".toml");
}

}  // namespace

ImageFormat format_of_bytes(std::span<const unsigned char> bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (head.starts_with("\xFF\xD8\xFF")) return ImageFormat::Jpeg;
  if (head.starts_with("\x89PNG\r\n\x1A\n")) return ImageFormat::Png;
  if (is_bmp(head)) return ImageFormat::Bmp;
  if (head.starts_with(std::string_view("II*\0", 4)) ||
      head.starts_with(std::string_view("MM\0*", 4)) ||
      head.starts_with(std::string_view("II+\0", 4)) ||
      head.starts_with(std::string_view("MM\0+", 4)))
    return ImageFormat::Tiff;
  if (head.size() >= 12 && head.starts_with("RIFF") && head.substr(8, 4) == "WEBP")
    return ImageFormat::Webp;
  if (is_heif(head)) return ImageFormat::Heif;
  if (head.starts_with(std::string_view("\0\0\0\x0CjP  ", 8))) return ImageFormat::Jpeg2000;
  return is_pnm(head) ? ImageFormat::Pnm : ImageFormat::None;
}

ImageFormat format_of_file(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return ImageFormat::None;
  const std::string suffix = lower_suffix(file);
  if (suffix == ".mjpeg" || suffix == ".mjpg") return ImageFormat::None;
  std::array<unsigned char, 16> head{};
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  return format_of_bytes({head.data(), static_cast<std::size_t>(in.gcount())});
}

ImageFormat format_of_name(const fs::path& file) {
  return format_of_suffix(lower_suffix(file));
}

bool is_written(ImageFormat format) {
  return format == ImageFormat::Jpeg || format == ImageFormat::Png || format == ImageFormat::Bmp ||
         format == ImageFormat::Tiff || format == ImageFormat::Webp;
}

std::vector<fs::path> list_images(const fs::path& folder) {
  std::vector<std::string_view> suffixes;
  suffixes.reserve(kSuffixes.size());
  for (const auto& known : kSuffixes) suffixes.push_back(known.first);
  return list_files(folder, suffixes);
}

std::vector<fs::path> images_of(const fs::path& input) {
  return fs::is_directory(input) ? list_images(input) : std::vector{input};
}

std::string passed_over(const fs::path& folder) {
  std::map<std::string, int> kinds;
  int count = 0;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string kind = kind_of(*entries);
    const bool image = format_of_name(entries->path()) != ImageFormat::None &&
                       (kind.starts_with('.') || kind.starts_with("link"));
    if (image || is_own(entries->path())) continue;
    ++kinds[kind];
    ++count;
  }
  std::vector<std::pair<std::string, int>> most(kinds.begin(), kinds.end());
  std::stable_sort(most.begin(), most.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  constexpr std::size_t kNamed = 6;
  int named = 0;
  std::string list;
  for (std::size_t i = 0; i < std::min(most.size(), kNamed); ++i) {
    named += most[i].second;
    list += (i == 0 ? "" : ", ") + std::to_string(most[i].second) + " " + most[i].first;
  }
  if (named < count) list += ", " + std::to_string(count - named) + " others";
  if (count == 0) return {};
  return folder.string() + ": " + std::to_string(count) + (count == 1 ? " entry" : " entries") +
         " passed over: " + list;
}

}  // namespace cameo
