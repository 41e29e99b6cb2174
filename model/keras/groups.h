// SPDX-License-Identifier: MIT
#pragma once
#include <hdf5.h>
#include <string>
#include <vector>

#include "model/keras/file.h"
#include "model/keras/h5.h"

namespace cameo::h5 {

/// An open file and where the weights begin in it.
struct Source {
  std::string file;         ///< its name, for messages
  std::uint64_t bytes = 0;  ///< its length
};

/// Opens a child of a group, following hard links only. path: of the child, for messages.
/// Throws Error (ErrorCode::Format) if there is none, or a link that leads elsewhere.
Handle child(const Source& source, hid_t group, const std::string& name, const std::string& path);

/// The shape of a dataset. Throws Error (ErrorCode::Format) unless it is an array of float32 that
/// lies in this file as long as it says.
std::vector<std::int64_t> shape_of(const Source& source, hid_t dataset, const std::string& path);

/// Whether weights are listed here by attributes, as Keras 2 and Keras 3's legacy format do.
bool lists_layers(hid_t root);

/// The arrays that the attributes list, in that order. at: the path of root.
std::vector<KerasArray> named_arrays(const Source& source, hid_t root, const std::string& at);

/// The arrays in groups called by class and number, those of one model and class in order.
std::vector<KerasArray> numbered_arrays(const Source& source, hid_t root);

}  // namespace cameo::h5
