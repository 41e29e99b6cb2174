// SPDX-License-Identifier: MIT
#include "model/data/face_set.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "model/data/image_file.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kSuffixes{".png", ".jpg", ".jpeg", ".jpe", ".jfif"};
constexpr std::array<std::string_view, 7> kOtherImages{".webp", ".bmp",  ".tif", ".tiff",
                                                       ".heic", ".heif", ".avif"};

std::string joined(const std::vector<fs::path>& folders) {
  std::string names;
  for (const fs::path& folder : folders) names += (names.empty() ? "" : ", ") + folder.string();
  return names;
}

}  // namespace

int face_side(const Network& network) {
  return std::max(kFaceSide, 2 * network.size);
}

FaceSet load_faces(const std::vector<fs::path>& folders, int side, int at_least) {
  check(!folders.empty(), ErrorCode::Usage, "faces: no folder given");
  FaceSet set{.side = side};
  std::vector<fs::path> files;
  for (const fs::path& folder : folders) {
    const std::vector<fs::path> more = list_files(folder, kSuffixes);
    files.insert(files.end(), more.begin(), more.end());
    for (const fs::path& other : list_files(folder, kOtherImages))
      set.skipped.push_back({other, other.string() +
                                        ": training reads PNG and JPEG only; extract writes faces "
                                        "as PNG from any format"});
  }
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
  check(set.count() >= at_least, ErrorCode::Input, joined(folders), ": ", set.count(),
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
