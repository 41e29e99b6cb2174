// SPDX-License-Identifier: MIT
#include "model/keras/groups.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "base/error.h"

namespace cameo::h5 {
namespace {

constexpr std::size_t kMaxArrays = 10'000;
constexpr int kMaxDepth = 16;

std::string below(const std::string& path, std::string_view name) {
  std::string all = path;
  return all.append("/").append(name);
}

/// The list of texts called `name`, or its pieces `name`0, `name`1, ... where it was too long for
/// one attribute.
std::vector<std::string> texts_of(const Source& source, hid_t object, const std::string& name,
                                  const std::string& path) {
  std::vector<std::string> all;
  const auto take = [&](const std::string& attribute) {
    Texts texts = read_texts(object, attribute);
    check(texts.ok, ErrorCode::Format, source.file, ": attribute ", attribute, " of ", path,
          " is no list of names");
    all.insert(all.end(), texts.list.begin(), texts.list.end());
  };
  if (has_attribute(object, name)) {
    take(name);
    return all;
  }
  check(has_attribute(object, name + "0"), ErrorCode::Format, source.file, ": ", path,
        " has no attribute ", name);
  for (std::size_t i = 0; i < kMaxArrays && has_attribute(object, name + std::to_string(i)); ++i)
    take(name + std::to_string(i));
  return all;
}

/// Walks a path of several names, one link after another.
Handle walk(const Source& source, hid_t group, std::string_view names, std::string path) {
  Handle at;
  hid_t from = group;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find('/'));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    if (name.empty()) continue;
    path = below(path, name);
    at = child(source, from, std::string(name), path);
    from = at.get();
  }
  return at;
}

/// Collects the arrays of layers in groups called by class and number.
class Walker {
 public:
  explicit Walker(const Source& source) : source_(source) {}

  void enter(hid_t group, const std::string& path, const std::string& model, int depth) {
    check(depth < kMaxDepth && ++groups_ < kMaxArrays, ErrorCode::Format, source_.file,
          ": too many groups, or nested too deep, at ", path);
    for (const std::string& name : names_in(group)) {
      if (is_state(name)) continue;
      const std::string inner = below(path, name);
      const Handle at = child(source_, group, name, inner);
      if (kind_of(at.get()) != Kind::Group) continue;
      if (name == "vars")
        take(at.get(), path, model);
      else
        enter(at.get(), inner, is_container(name) ? path : model, depth + 1);
    }
  }

  std::vector<KerasArray> arrays;

 private:
  /// Groups that hold what training needs, or statistics.
  static bool is_state(std::string_view name) {
    return name.starts_with("optimizer") || name.find("metrics") != std::string_view::npos ||
           name.find("loss_tracker") != std::string_view::npos ||
           name.starts_with("seed_generator");
  }
  static bool is_container(std::string_view name) {
    return name == "layers" || name == "_layer_checkpoint_dependencies";
  }

  void take(hid_t vars, const std::string& layer, const std::string& model) {
    for (const std::string& name : names_in(vars)) {
      const std::string path = below(layer + "/vars", name);
      const Handle dataset = child(source_, vars, name, path);
      if (kind_of(dataset.get()) != Kind::Dataset) continue;
      arrays.push_back({layer.substr(layer.rfind('/') + 1), path, model,
                        shape_of(source_, dataset.get(), path)});
      check(arrays.size() <= kMaxArrays, ErrorCode::Format, source_.file, ": more than ",
            kMaxArrays, " arrays");
    }
  }

  const Source& source_;
  std::size_t groups_ = 0;
};

std::string type_name(hid_t dataset, hid_t type) {
  const Texts said = has_attribute(dataset, "dtype") ? read_texts(dataset, "dtype") : Texts{};
  if (said.ok && said.list.size() == 1) return said.list[0];
  const std::string bits = std::to_string(8 * H5Tget_size(type));
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return "float" + bits;
    case H5T_INTEGER:
      return "int" + bits;
    case H5T_STRING:
      return "text";
    default:
      return "something else";
  }
}

/// Refuses data that lies elsewhere, or that only a plug-in could unpack.
void check_storage(const Source& source, hid_t dataset, const std::string& path,
                   std::uint64_t bytes) {
  const Handle list(H5Dget_create_plist(dataset), H5Pclose);
  const H5D_layout_t layout = list ? H5Pget_layout(list.get()) : H5D_LAYOUT_ERROR;
  check(layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED,
        ErrorCode::Format, source.file, ": ", path,
        " does not hold its data itself (a virtual dataset)");
  check(H5Pget_external_count(list.get()) == 0, ErrorCode::Format, source.file, ": ", path,
        " keeps its data in another file");
  const int filters = H5Pget_nfilters(list.get());
  for (int i = 0; i < filters; ++i) {
    std::size_t none = 0;
    const H5Z_filter_t filter = H5Pget_filter2(list.get(), static_cast<unsigned>(i), nullptr, &none,
                                               nullptr, 0, nullptr, nullptr);
    check(filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
              filter == H5Z_FILTER_FLETCHER32,
          ErrorCode::Format, source.file, ": ", path, " is packed in a way (HDF5 filter ", filter,
          ") that Cameo does not read; save it again without, or with gzip");
  }
  if (layout == H5D_CHUNKED) {
    std::array<hsize_t, H5S_MAX_RANK> chunk{};
    const int rank = H5Pget_chunk(list.get(), H5S_MAX_RANK, chunk.data());
    std::uint64_t chunk_bytes = sizeof(float);
    for (int i = 0; i < rank && chunk_bytes <= bytes; ++i)
      chunk_bytes *= std::min<hsize_t>(chunk[static_cast<std::size_t>(i)], 1U << 31U);
    check(rank > 0 && chunk_bytes <= bytes, ErrorCode::Format, source.file, ": ", path,
          " has chunks larger than itself");
  }
  // gzip makes nothing smaller than by a factor of 1032.
  constexpr std::uint64_t kMostPacked = 1032;
  const std::uint64_t held = H5Dget_storage_size(dataset);
  check(held <= source.bytes && held * (filters > 0 ? kMostPacked : 1) >= bytes, ErrorCode::Format,
        source.file, ": ", path, " claims ", bytes, " bytes of data but holds ", held,
        " in a file of ", source.bytes);
}

}  // namespace

Handle child(const Source& source, hid_t group, const std::string& name, const std::string& path) {
  const Link link = name.find('/') == std::string::npos ? link_of(group, name) : Link::None;
  check(link != Link::None, ErrorCode::Format, source.file, ": ", path, " is missing");
  check(link == Link::Hard, ErrorCode::Format, source.file, ": ", path, " is ",
        link == Link::Soft ? "a symbolic link" : "a link to another file",
        "; Cameo reads only what lies in its place");
  Handle object(H5Oopen(group, name.c_str(), H5P_DEFAULT), H5Oclose);
  check(static_cast<bool>(object), ErrorCode::Format, source.file, ": ", path,
        " cannot be opened: ", complaint());
  return object;
}

std::vector<std::int64_t> shape_of(const Source& source, hid_t dataset, const std::string& path) {
  const Handle space(H5Dget_space(dataset), H5Sclose), type(H5Dget_type(dataset), H5Tclose);
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = space ? H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr) : -1;
  check(rank >= 0 && type, ErrorCode::Format, source.file, ": ", path, " has no shape");
  check(H5Tequal(type.get(), H5T_IEEE_F32LE) > 0 || H5Tequal(type.get(), H5T_IEEE_F32BE) > 0,
        ErrorCode::Format, source.file, ": ", path, " holds ", type_name(dataset, type.get()),
        ", wanted float32; convert the model with Keras's float32 and save it again");
  std::vector<std::int64_t> shape;
  std::uint64_t bytes = sizeof(float);
  for (int i = 0; i < rank; ++i) {
    const hsize_t extent = extents[static_cast<std::size_t>(i)];
    constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
    check(extent > 0 && extent <= kMost && bytes <= 4 * kMost, ErrorCode::Format, source.file, ": ",
          path, " claims an extent of ", extent, " in dimension ", i, ", which no layer has");
    bytes *= extent;
    shape.push_back(static_cast<std::int64_t>(extent));
  }
  check_storage(source, dataset, path, bytes);
  return shape;
}

bool lists_layers(hid_t root) {
  return has_attribute(root, "layer_names") || has_attribute(root, "layer_names0");
}

std::vector<KerasArray> named_arrays(const Source& source, hid_t root, const std::string& at) {
  std::vector<KerasArray> arrays;
  for (const std::string& layer : texts_of(source, root, "layer_names", at.empty() ? "/" : at)) {
    const std::string path = below(at, layer);
    const Handle group = walk(source, root, layer, at);
    check(group && kind_of(group.get()) == Kind::Group, ErrorCode::Format, source.file, ": ", path,
          " is no group");
    for (const std::string& name : texts_of(source, group.get(), "weight_names", path)) {
      const std::string dataset_path = below(path, name);
      const Handle dataset = walk(source, group.get(), name, path);
      check(dataset && kind_of(dataset.get()) == Kind::Dataset, ErrorCode::Format, source.file,
            ": ", dataset_path, " is no array");
      arrays.push_back({layer, dataset_path, at, shape_of(source, dataset.get(), dataset_path)});
      check(arrays.size() <= kMaxArrays, ErrorCode::Format, source.file, ": more than ", kMaxArrays,
            " arrays");
    }
  }
  return arrays;
}

std::vector<KerasArray> numbered_arrays(const Source& source, hid_t root) {
  Walker walker(source);
  walker.enter(root, "", "", 0);
  return std::move(walker.arrays);
}

}  // namespace cameo::h5
