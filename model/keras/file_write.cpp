// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/atomic_file.h"
#include "base/error.h"
#include "model/keras/file.h"
#include "model/keras/h5.h"

namespace cameo {
namespace {

using h5::Handle;

// The newest release with this layout that writes nothing else; readers look whether it is below 2.
constexpr const char* kVersion = "2.1.6";
constexpr std::size_t kMaxAttribute = 64512;  // HDF5's limit of an object's header, less a reserve
constexpr std::size_t kGrowth = std::size_t{1} << 20U;

/// Throws unless HDF5 has done what it was asked for; in memory that means there was no room.
void must(bool ok, const std::string& file) {
  check(ok, ErrorCode::Input, file, ": HDF5 cannot make this file: ", h5::complaint());
}

class Writer {
 public:
  explicit Writer(std::string file) : name_(std::move(file)) {
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    must(H5Pset_fapl_core(access.get(), kGrowth, /*backing_store=*/false) >= 0, name_);
    file_ = Handle(H5Fcreate(name_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
    must(static_cast<bool>(file_), name_);
  }

  hid_t top() const { return file_.get(); }

  Handle group(hid_t in, const std::string& name) const {
    const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.get(), 1);
    Handle made(H5Gcreate2(in, name.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    must(static_cast<bool>(made), name_);
    return made;
  }

  void array(hid_t in, const std::string& name, const std::vector<std::int64_t>& shape,
             const std::vector<float>& values) const {
    const std::vector<hsize_t> extents(shape.begin(), shape.end());
    const Handle space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                       H5Sclose);
    const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.get(), 1);
    const Handle how(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(how.get(), false);  // the same model shall make the same bytes
    const Handle made(H5Dcreate2(in, name.c_str(), H5T_IEEE_F32LE, space.get(), links.get(),
                                 how.get(), H5P_DEFAULT),
                      H5Dclose);
    must(made && H5Dwrite(made.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                          values.data()) >= 0,
         name_);
  }

  void text(hid_t on, const char* name, const std::string& value) const {
    texts(on, name, {value}, /*scalar=*/true);
  }

  /// Texts of one fixed length, as h5py 2 writes lists of bytes.
  void texts(hid_t on, const char* name, const std::vector<std::string>& list,
             bool scalar = false) const {
    std::size_t width = 1;
    for (const std::string& item : list) width = std::max(width, item.size());
    std::string bytes;
    for (const std::string& item : list) bytes += item + std::string(width - item.size(), '\0');
    must(bytes.size() <= kMaxAttribute, name_);
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), width);
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    const hsize_t count = list.size();
    const Handle space(scalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr),
                       H5Sclose);
    const Handle made(H5Acreate2(on, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                      H5Aclose);
    must(made && H5Awrite(made.get(), type.get(), bytes.data()) >= 0, name_);
  }

  /// The file as bytes.
  std::vector<std::byte> image() const {
    must(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) >= 0, name_);
    const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
    must(size > 0, name_);
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    must(H5Fget_file_image(file_.get(), bytes.data(), bytes.size()) == size, name_);
    return bytes;
  }

 private:
  std::string name_;
  Handle file_;
};

void write_named(const Writer& out, const std::vector<KerasLayerOut>& layers) {
  std::vector<std::string> names;
  for (const KerasLayerOut& layer : layers) {
    const std::string kernel = layer.layer + "/kernel:0", bias = layer.layer + "/bias:0";
    const Handle group = out.group(out.top(), layer.layer);
    out.texts(group.get(), "weight_names", {kernel, bias});
    out.array(group.get(), kernel, layer.kernel_shape, layer.kernel);
    out.array(group.get(), bias, {layer.kernel_shape.back()}, layer.bias);
    names.push_back(layer.layer);
  }
  const Handle root(H5Gopen2(out.top(), "/", H5P_DEFAULT), H5Gclose);
  out.texts(root.get(), "layer_names", names);
  out.text(root.get(), "backend", "tensorflow");
  out.text(root.get(), "keras_version", kVersion);
}

void write_numbered(const Writer& out, const std::vector<KerasLayerOut>& layers) {
  out.group(out.top(), "vars");  // the model's own, of which it has none; Keras wants the group
  for (const KerasLayerOut& layer : layers) {
    const Handle vars = out.group(out.top(), "layers/" + layer.layer + "/vars");
    out.array(vars.get(), "0", layer.kernel_shape, layer.kernel);
    out.array(vars.get(), "1", {layer.kernel_shape.back()}, layer.bias);
  }
}

}  // namespace

void write_keras_file(const std::filesystem::path& file, KerasFile::Layout layout,
                      const std::vector<KerasLayerOut>& layers,
                      const std::vector<std::string>& consents) {
  const h5::Quiet quiet;
  const Writer out(file.string());
  if (layout == KerasFile::Layout::Named)
    write_named(out, layers);
  else
    write_numbered(out, layers);
  if (!consents.empty()) {
    const Handle root(H5Gopen2(out.top(), "/", H5P_DEFAULT), H5Gclose);
    out.texts(root.get(), "cameo_consent_sha256", consents);
  }
  AtomicFile whole(file);
  whole.write(out.image());
  whole.commit();
}

}  // namespace cameo
