// SPDX-License-Identifier: MIT
#include "pipeline/preview.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/options.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/pixel_depth.h"

namespace cameo {
namespace {

constexpr int kTitle = 22;  // pixels above a cell
constexpr int kGap = 4;
constexpr double kAround = 1.9;  // sides of the landmarks' box that a cell shows

Frame frame_of(const PreviewOptions& options) {
  const auto source =
      open_source(options.input, [&](std::int64_t i) { return i == options.frame; });
  std::optional<Frame> frame = source->next();
  check(frame.has_value(), ErrorCode::Input, options.input.string(), ": has no frame ",
        options.frame, "; frames count from 0");
  check(frame->error.empty(), ErrorCode::Input, frame->error);
  return std::move(*frame);
}

std::vector<Face> faces_of(const PreviewOptions& options, const Frame& frame,
                           const FindFaces& find) {
  const std::filesystem::path file = faces_path(options.input);
  if (!std::filesystem::exists(file)) return find(frame).faces;
  const FacesFile known = read_faces(file);
  const bool fits = known.source_id.empty() || is_source(known.source_id, options.input);
  for (const FrameFaces& of : known.frames)
    if (fits && of.name == frame.name) return of.faces;
  return find(frame).faces;
}

/// A square around the largest face, as far as the frame goes.
cv::Rect surroundings(const std::vector<Face>& faces, cv::Size frame) {
  const auto largest =
      std::max_element(faces.begin(), faces.end(),
                       [](const Face& a, const Face& b) { return a.box.area() < b.box.area(); });
  const cv::Rect box =
      largest->landmarks.empty() ? largest->box : cv::boundingRect(largest->landmarks);
  const int side = cvRound(kAround * std::max(box.width, box.height));
  const cv::Point middle = (box.tl() + box.br()) / 2;
  return cv::Rect(middle.x - side / 2, middle.y - side / 2, side, side) & cv::Rect({0, 0}, frame);
}

void draw_cell(cv::Mat& sheet, cv::Rect cell, const cv::Mat& frame, const cv::Rect& part,
               const std::string& title) {
  const double scale = static_cast<double>(cell.width) / std::max(part.width, part.height);
  const cv::Size size(std::max(cvRound(part.width * scale), 1),
                      std::max(cvRound(part.height * scale), 1));
  cv::Mat shown;
  cv::resize(to_8_bit(frame(part)), shown,
             {std::min(size.width, cell.width), std::min(size.height, cell.height)}, 0, 0,
             scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  shown.copyTo(sheet(cv::Rect(cell.tl(), shown.size())));
  double letters = 0.5;
  int base = 0;
  const int width = cv::getTextSize(title, cv::FONT_HERSHEY_SIMPLEX, letters, 1, &base).width;
  if (width > cell.width) letters *= static_cast<double>(cell.width) / width;
  cv::putText(sheet, title, {cell.x, cell.y - 7}, cv::FONT_HERSHEY_SIMPLEX, letters,
              cv::Scalar::all(40), 1, cv::LINE_AA);
}

}  // namespace

Variation parse_variation(std::string_view text) {
  const std::size_t equals = text.find('=');
  check(equals != std::string_view::npos && equals > 0 && equals + 1 < text.size(),
        ErrorCode::Usage, "'", text,
        "' is not an option and its values; one is color=none,lab,mkl");
  Variation variation{.name = std::string(text.substr(0, equals))};
  for (std::string_view rest = text.substr(equals + 1);;) {
    const std::size_t end = rest.find(',');
    ComposeOptions tried;
    variation.values.emplace_back(rest.substr(0, end));
    set_compose_option(tried, variation.name, variation.values.back());
    if (end == std::string_view::npos) return variation;
    rest.remove_prefix(end + 1);
  }
}

std::vector<Variation> default_variations(bool has_mask) {
  Variation colors{.name = "color"};
  for (const auto& [word, method] : color_words()) colors.values.push_back(word);
  Variation masks{.name = "mask", .values = {"extended", "hull", "ellipse"}};
  if (has_mask) masks.values.emplace_back("extended+learned");
  return {colors, masks};
}

cv::Mat preview_grid(const PreviewOptions& options, Swapper& swapper, const FindFaces& find,
                     const DetailExamples* examples) {
  check(!options.vary.empty() && options.vary.size() <= 2, ErrorCode::Usage,
        "preview: one or two options vary, got ", options.vary.size());
  check(options.cell >= 16 && options.cell <= 4096, ErrorCode::Usage, "preview: cells of ",
        options.cell, " pixels, expected 16 to 4096");
  const Frame frame = frame_of(options);
  const std::vector<Face> faces = faces_of(options, frame, find);
  check(!faces.empty(), ErrorCode::NoFace, options.input.string(), ": no face in frame ",
        frame.name);
  const cv::Rect part = surroundings(faces, frame.pixels.size());
  check(!part.empty(), ErrorCode::NoFace, options.input.string(), ": the face of frame ",
        frame.name, " lies outside of it");
  const Variation &columns = options.vary.front(),
                  rows = options.vary.size() > 1 ? options.vary[1] : Variation{.values = {""}};
  const int wide = options.cell + kGap, high = options.cell + kTitle + kGap;
  cv::Mat sheet(static_cast<int>(rows.values.size()) * high + kGap,
                static_cast<int>(columns.values.size() + 1) * wide + kGap, CV_8UC3,
                cv::Scalar::all(255));
  for (std::size_t row = 0; row < rows.values.size(); ++row) {
    cv::Rect cell(kGap, static_cast<int>(row) * high + kTitle + kGap, options.cell, options.cell);
    draw_cell(sheet, cell, frame.pixels, part, "frame " + frame.name);
    for (const std::string& value : columns.values) {
      ComposeOptions compose = options.compose;
      compose.frame = frame.index;
      compose.pixel_aspect = frame.pixel_aspect;
      set_compose_option(compose, columns.name, value);
      std::string title = columns.name + "=" + value;
      if (!rows.name.empty()) {
        set_compose_option(compose, rows.name, rows.values[row]);
        title += " " + rows.name + "=" + rows.values[row];
      }
      cv::Mat swapped = frame.pixels.clone();
      convert_masked(swapped, faces, swapper, compose, examples);
      cell.x += wide;
      draw_cell(sheet, cell, swapped, part, title);
    }
  }
  return sheet;
}

}  // namespace cameo
