// SPDX-License-Identifier: MIT
#include "pipeline/compose/example_files.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/compose/detail.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostRead = 512;
constexpr double kLeastFineness = 0.5;  // of the median
constexpr const char* kChosenFrom = "chosen-from.txt";

struct Face {
  fs::path file;
  cv::Mat pixels;
};

/// At most `most` of the images, spread evenly; those that cannot be read or are no square are left
/// out.
std::vector<Face> read_faces_of(std::span<const fs::path> folders, std::size_t most) {
  std::vector<fs::path> files;
  for (const fs::path& folder : folders)
    for (fs::path& file : list_images(folder)) files.push_back(std::move(file));
  const std::size_t count = std::min(files.size(), most);
  std::vector<Face> faces;
  for (std::size_t i = 0; i < count; ++i) {
    const fs::path& file = files[i * files.size() / count];
    try {
      cv::Mat pixels = read_image(file);
      if (pixels.rows == pixels.cols) faces.push_back({file, std::move(pixels)});
    } catch (const Error&) {
      // Training has told of it.
    }
  }
  return faces;
}

std::vector<cv::Mat> pixels_of(std::span<const Face> faces) {
  std::vector<cv::Mat> pixels;
  pixels.reserve(faces.size());
  for (const Face& face : faces) pixels.push_back(face.pixels);
  return pixels;
}

/// Numbers of the faces that are not blurred.
std::vector<std::size_t> sharp_ones(std::span<const cv::Mat> faces) {
  std::vector<double> values;
  values.reserve(faces.size());
  for (const cv::Mat& face : faces) values.push_back(fineness(face));
  std::vector<double> sorted = values;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  std::vector<std::size_t> sharp;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] >= kLeastFineness * *middle) sharp.push_back(i);
  return sharp;
}

std::string text_of(std::span<const fs::path> folders, std::size_t most) {
  std::string text = std::to_string(most) + "\n";
  for (const fs::path& folder : folders) text += source_fingerprint(folder) + "\n";
  return text;
}

bool holds(const fs::path& folder, const std::string& chosen_from) {
  std::error_code missing;
  if (!fs::exists(folder / kChosenFrom, missing)) return false;
  const std::vector<unsigned char> bytes = read_bytes(folder / kChosenFrom);
  return std::string(bytes.begin(), bytes.end()) == chosen_from;
}

void remove_folder(const fs::path& folder) {
  std::error_code why;
  fs::remove_all(folder, why);
  check(!why, ErrorCode::Input, folder.string(), ": cannot be removed: ", why.message());
}

}  // namespace

fs::path examples_folder(const fs::path& model, Side side) {
  return model / "examples" / (side == Side::A ? "a" : "b");
}

std::vector<std::size_t> choose_examples(std::span<const cv::Mat> faces, std::size_t most) {
  if (faces.empty() || most == 0) return {};
  std::vector<std::size_t> sharp = sharp_ones(faces);
  if (sharp.size() <= most) return sharp;
  std::vector<cv::Mat> signatures;
  signatures.reserve(sharp.size());
  for (const std::size_t i : sharp) signatures.push_back(face_signature(faces[i]));
  std::vector<double> distances(sharp.size(), std::numeric_limits<double>::max());
  std::vector<std::size_t> chosen;
  std::size_t next = 0;
  while (chosen.size() < most) {
    chosen.push_back(sharp[next]);
    for (std::size_t i = 0; i < sharp.size(); ++i)
      distances[i] =
          std::min(distances[i], cv::norm(signatures[i], signatures[next], cv::NORM_L2SQR));
    const auto farthest = std::max_element(distances.begin(), distances.end());
    next = static_cast<std::size_t>(farthest - distances.begin());
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());  // of equal faces
  return chosen;
}

std::size_t save_examples(const fs::path& model, Side side, std::span<const fs::path> folders,
                          std::size_t most) {
  const fs::path folder = examples_folder(model, side);
  if (most == 0) {
    remove_folder(folder);
    return 0;
  }
  const std::string chosen_from = text_of(folders, most);
  if (holds(folder, chosen_from)) return list_images(folder).size();
  const std::vector<Face> faces = read_faces_of(folders, std::max(most, kMostRead));
  const std::vector<std::size_t> chosen = choose_examples(pixels_of(faces), most);
  make_folder(folder.parent_path());
  const fs::path unfinished = temporary_beside(folder);
  make_folder(unfinished);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const fs::path& file = faces[chosen[i]].file;
    write_bytes(unfinished / (std::to_string(i) + file.extension().string()), read_bytes(file));
  }
  write_text(unfinished / kChosenFrom, chosen_from);
  remove_folder(folder);
  rename_into_place(unfinished, folder);
  return chosen.size();
}

std::vector<cv::Mat> load_examples(const fs::path& folder) {
  std::error_code missing;
  const bool chosen = fs::exists(folder / kChosenFrom, missing);
  const std::size_t most = chosen ? std::numeric_limits<std::size_t>::max() : kMostRead;
  std::vector<cv::Mat> pixels = pixels_of(read_faces_of({&folder, 1}, most));
  check(!pixels.empty(), ErrorCode::Input, folder.string(),
        ": holds no image of an extracted face");
  if (chosen) return pixels;
  std::vector<cv::Mat> examples;
  for (const std::size_t i : choose_examples(pixels, kExamples)) examples.push_back(pixels[i]);
  return examples;
}

}  // namespace cameo
