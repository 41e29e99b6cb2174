// SPDX-License-Identifier: MIT
#include "model/faceset.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <exception>
#include <string_view>

#include "kernels/check.h"
#include "model/pixels.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_picture(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool hidden = file.filename().string().starts_with('.');
  return !hidden && (ending == ".png" || ending == ".jpg" || ending == ".jpeg");
}

std::vector<fs::path> pictures_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code unknown;  // of a link that leads nowhere, say: reading it will tell
    if (is_picture(entries->path()) && !entries->is_directory(unknown))
      found.push_back(entries->path());
  }
  check(!error, Fault::Input, folder.string(), ": cannot list the folder: ", error.message());
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return found;
}

/// The run of digits at `at` without leading zeros; moves `at` behind it.
std::string_view number_at(const std::string& text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  std::string_view digits(text.data() + begin, at - begin);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

std::string joined(const std::vector<fs::path>& folders) {
  std::string names;
  for (const fs::path& folder : folders) names += (names.empty() ? "" : ", ") + folder.string();
  return names;
}

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view p = number_at(a, i), q = number_at(b, j);
      if (p.size() != q.size()) return p.size() < q.size();
      if (p != q) return p < q;
    } else {
      if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      ++i;
      ++j;
    }
  }
  const std::size_t rest_a = a.size() - i, rest_b = b.size() - j;
  return rest_a != rest_b ? rest_a < rest_b : a < b;  // "01" and "1" still have an order
}

int face_side(const Preset& preset) {
  return std::max(256, 2 * preset.size);
}

FaceSet load_faces(const std::vector<fs::path>& folders, int side, int at_least) {
  check(!folders.empty(), Fault::Usage, "faces: no folder given");
  std::vector<fs::path> files;
  for (const fs::path& folder : folders) {
    const std::vector<fs::path> more = pictures_of(folder);
    files.insert(files.end(), more.begin(), more.end());
  }
  FaceSet set{.side = side};
  const std::size_t each = static_cast<std::size_t>(side) * side * 3;
  set.bytes.resize(each * files.size());
  std::vector<std::string> trouble(files.size());
  const auto count = static_cast<std::int64_t>(files.size());
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t n = 0; n < count; ++n) {
    const auto i = static_cast<std::size_t>(n);
    try {
      const Pixels face = resized(read_pixels(files[i]), side, side);
      std::memcpy(set.bytes.data() + i * each, face.bgr.data(), each);
    } catch (const std::exception& e) {
      trouble[i] = e.what();
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!trouble[i].empty()) {
      set.skipped.push_back({files[i], trouble[i]});
      continue;
    }
    std::uint8_t* const to = set.bytes.data() + set.files.size() * each;
    std::memmove(to, set.bytes.data() + i * each, each);
    set.files.push_back(files[i]);
  }
  set.bytes.resize(set.files.size() * each);
  check(set.count() >= at_least, Fault::Input, joined(folders), ": ", set.count(),
        " readable faces (.png, .jpg, .jpeg), ", set.skipped.size(), " unreadable; at least ",
        at_least, " must be there", set.skipped.empty() ? "" : "; the first: ",
        set.skipped.empty() ? "" : set.skipped.front().why);
  return set;
}

void read_chosen(Exec& exec, const kernels::FaceBlock& faces, std::span<const std::int32_t> chosen,
                 View out) {
  run(exec, [&](auto& on) {
    const Memory list = on.allocate(chosen.size_bytes());
    on.copy_in(list.get(), chosen.data(), chosen.size_bytes());
    kernels::read_faces(on, faces, reinterpret_cast<const std::int32_t*>(list.get()), out);
  });
}

FaceReader reader_of(Exec& exec, const kernels::FaceBlock& faces) {
  return {faces.count, [&exec, faces](std::span<const std::int32_t> chosen, View out) {
            read_chosen(exec, faces, chosen, out);
          }};
}

}  // namespace cameo
