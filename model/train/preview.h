// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "model/data/face_set.h"
#include "model/data/image_file.h"
#include "model/net/graphs.h"

namespace cameo {

/// A sheet that shows what the network draws: of each side up to 14 faces, evenly spread over its
/// set and the same every time; of each face a triple: as it is, by its own decoder, by the
/// other's. Triples go down columns of at most 7, A's columns first: a full sheet is 4 columns of 3
/// tiles.
class Preview {
 public:
  /// a, b: faces of each side. All must outlive the preview; weights may change between sheets.
  Preview(Exec& exec, ParamStore& params, const Network& network, const FaceReader& a,
          const FaceReader& b);
  Pixels draw();

 private:
  struct Faces {
    int count = 0;
    std::vector<float> as_is, by_a, by_b;  ///< [count,size,size,3]
  };
  Faces faces_of(const FaceReader& reader, Side person);
  std::vector<float> drawn_by(RenderGraph& graph, const std::vector<float>& faces) const;

  Exec& exec_;
  int size_, batch_;
  FaceReader a_, b_;
  struct Graphs {
    std::shared_ptr<RenderGraph> swap, own;  ///< one for both where the encoder does not ask
  };
  Graphs by_a_, by_b_;
};

}  // namespace cameo
