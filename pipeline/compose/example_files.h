// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "model/net/side.h"

namespace cameo {

// Where a model keeps the training faces that lend their detail (DetailExamples).

/// Faces that a model keeps of each person unless told otherwise: enough poses and expressions of a
/// person who talks for some minutes.
inline constexpr int kExamples = 128;

/// The folder of one person's examples in a model's folder: `examples/a` or `examples/b`.
std::filesystem::path examples_folder(const std::filesystem::path& model, Side side);

/// Numbers of the faces that show most of what a person does: none that is blurred, and each, by
/// face_signature, as far as can be from those before it. faces: CV_8UC3. At most `most`,
/// ascending; all of them if there are no more and none is blurred. Source of the choice: Gonzalez
/// 1985, doi:10.1016/0304-3975(85)90224-5 (farthest points).
std::vector<std::size_t> choose_examples(std::span<const cv::Mat> faces, std::size_t most);

/// Copies the chosen ones of the faces in these folders into the model; does nothing if those that
/// it has were chosen from the same files. most: 0 removes them. Returns how many it has now. Of
/// more than 512 faces, or `most`, so many spread evenly are looked at; files that are no image are
/// passed over.
/// Throws Error (ErrorCode::Input) if a folder cannot be read or a file not be written.
std::size_t save_examples(const std::filesystem::path& model, Side side,
                          std::span<const std::filesystem::path> folders, std::size_t most);

/// The examples in a folder: all that save_examples wrote there, or, of extracted faces, at most
/// kExamples chosen ones. Throws Error (ErrorCode::Input) if it cannot be read or holds no image.
std::vector<cv::Mat> load_examples(const std::filesystem::path& folder);

}  // namespace cameo
