// SPDX-License-Identifier: MIT
#include "model/train/preview.h"

#include <algorithm>
#include <cstddef>

#include "engine/floats.h"

namespace cameo {
namespace {

constexpr int kMostFaces = 14, kRows = 7, kTiles = 3;

int shown(const FaceReader& reader) {
  return std::min(reader.count, kMostFaces);
}
int columns(int faces) {
  return (faces + kRows - 1) / kRows;
}

/// Copies one face [size,size,3] in 0..1 to tile (column, row) of the sheet.
void put_tile(Pixels& sheet, int size, const float* face, int column, int row) {
  for (int y = 0; y < size; ++y) {
    const std::size_t at = (static_cast<std::size_t>(row * size + y) * sheet.width +
                            static_cast<std::size_t>(column) * size) *
                           3;
    for (int i = 0; i < size * 3; ++i) {
      const float value = std::clamp(*face++ * 255.0F, 0.0F, 255.0F);
      sheet.bgr[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value);
    }
  }
}

}  // namespace

Preview::Preview(Exec& exec, ParamStore& params, const Network& network, const FaceReader& a,
                 const FaceReader& b)
    : exec_(exec), size_(network.size), batch_(std::max(shown(a), shown(b))), a_(a), b_(b) {
  for (const Side decoder : {Side::A, Side::B}) {
    const auto graph = [&](Rendering what) {
      return render_graph(exec, params, network, batch_, decoder, Mode::Evaluation, what);
    };
    Graphs& graphs = decoder == Side::A ? by_a_ : by_b_;
    graphs.swap = graph(Rendering::Swap);
    graphs.own = network.sided ? graph(Rendering::Own) : graphs.swap;
  }
}

std::vector<float> Preview::drawn_by(RenderGraph& graph, const std::vector<float>& faces) const {
  write_floats(exec_, graph.graph.value(graph.face), faces.data());
  graph.graph.forward();
  return read_floats(exec_, graph.graph.value(graph.image));
}

Preview::Faces Preview::faces_of(const FaceReader& reader, Side person) {
  Faces faces{.count = shown(reader)};
  std::vector<std::int32_t> chosen;
  chosen.reserve(static_cast<std::size_t>(batch_));
  for (int i = 0; i < batch_;
       ++i)  // where the other side shows more, the last face fills the batch
    chosen.push_back(std::min(i, faces.count - 1) * reader.count / faces.count);
  RenderGraph &by_a = person == Side::A ? *by_a_.own : *by_a_.swap,
              &by_b = person == Side::B ? *by_b_.own : *by_b_.swap;
  const View room = by_a.graph.value(by_a.face);
  reader.read(chosen, room);
  faces.as_is = read_floats(exec_, room);
  faces.by_a = drawn_by(by_a, faces.as_is);
  faces.by_b = drawn_by(by_b, faces.as_is);
  return faces;
}

Pixels Preview::draw() {
  const Faces a = faces_of(a_, Side::A), b = faces_of(b_, Side::B);
  const int columns_a = columns(a.count);
  Pixels sheet{.width = (columns_a + columns(b.count)) * kTiles * size_,
               .height = std::min(batch_, kRows) * size_};
  sheet.bgr.resize(static_cast<std::size_t>(sheet.width) * sheet.height * 3);
  const auto put = [&](const Faces& faces, int first, const std::vector<float>& own,
                       const std::vector<float>& other) {
    const std::size_t floats = static_cast<std::size_t>(size_) * size_ * 3;
    for (int i = 0; i < faces.count; ++i) {
      const int column = (first + i / kRows) * kTiles;
      const std::size_t at = static_cast<std::size_t>(i) * floats;
      put_tile(sheet, size_, faces.as_is.data() + at, column, i % kRows);
      put_tile(sheet, size_, own.data() + at, column + 1, i % kRows);
      put_tile(sheet, size_, other.data() + at, column + 2, i % kRows);
    }
  };
  put(a, 0, a.by_a, a.by_b);
  put(b, columns_a, b.by_b, b.by_a);
  return sheet;
}

}  // namespace cameo
