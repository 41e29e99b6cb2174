// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "model/keras/file.h"
#include "model/keras/groups.h"
#include "model/keras/h5.h"
#include "model/keras/sandbox.h"
#include "model/keras/zip.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using h5::Handle;

constexpr const char* kArchived = "model.weights.h5";
constexpr std::string_view kHdf5Mark = "\x89HDF\r\n\x1a\n";
constexpr std::string_view kZipMark = "PK\x03\x04";

std::string first_bytes(const fs::path& file) {
  check(fs::is_regular_file(file), ErrorCode::Input, file.string(),
        fs::exists(file) ? ": not a file" : ": no such file");
  std::ifstream in(file, std::ios::binary);
  std::array<char, 8> bytes{};
  in.read(bytes.data(), bytes.size());
  check(in.gcount() > 0 || in.eof(), ErrorCode::Input, file.string(),
        ": cannot be read: ", std::strerror(errno));
  return {bytes.data(), static_cast<std::size_t>(in.gcount())};
}

Handle open_hdf5(const fs::path& file, const std::string& name) {
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Folders that are mounted read-only cannot be locked.
  H5Pset_file_locking(access.get(), false, true);
  Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  check(static_cast<bool>(opened), ErrorCode::Format, name,
        ": damaged HDF5, or cut off while it was copied: ", h5::complaint());
  return opened;
}

/// One text of an attribute; empty if there is none.
std::string one_text(hid_t object, const char* name) {
  if (!h5::has_attribute(object, name)) return {};
  const h5::Texts texts = h5::read_texts(object, name);
  return texts.ok && texts.list.size() == 1 ? texts.list[0] : std::string();
}

/// What lies at the top, for a reader who wonders what this file is.
std::string contents(hid_t root) {
  std::string all;
  for (const std::string& name : h5::names_in(root)) {
    if (all.size() > 100) return all + ", ...";
    all += (all.empty() ? "" : ", ") + name;
  }
  return all.empty() ? "nothing" : all;
}

}  // namespace

std::string text_of(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape)
    text += (text.size() > 1 ? "," : "") + std::to_string(extent);
  return text + "]";
}

struct KerasFile::Open {
  h5::Source source;
  Handle file;
};

KerasFile::KerasFile(fs::path file, Guard guard)
    : path_(std::move(file)), open_(std::make_unique<Open>()) {
  const h5::Quiet quiet;
  const std::string name = path_.string();
  const std::string mark = first_bytes(path_);
  const bool archive = mark.starts_with(kZipMark);
  check(archive || mark == kHdf5Mark, ErrorCode::Format, name,
        ": neither HDF5 nor a .keras archive, judging by its first bytes",
        mark.starts_with("<") || mark.starts_with("version") ? "; a web page or pointer instead?"
                                                             : "");
  const auto unpacked = archive ? std::make_unique<Unpacked>(path_, kArchived) : nullptr;
  const fs::path inside = archive ? unpacked->path() : path_;
  open_->source = {archive ? name + ":" + kArchived : name, fs::file_size(inside)};
  const std::string trouble =
      guard == Guard::Child ? h5::try_in_child([&] { list(inside); }) : std::string();
  check(trouble.empty(), ErrorCode::Format, open_->source.file,
        ": damaged HDF5, so that HDF5 itself fails: ", trouble);
  list(inside);
}

void KerasFile::list(const fs::path& inside) {
  const h5::Source& source = open_->source;
  open_->file = open_hdf5(inside, source.file);
  const hid_t top = open_->file.get();
  // A whole model keeps its weights one level down, beside what training needs.
  const bool whole = h5::link_of(top, "model_weights") != h5::Link::None;
  const std::string at = whole ? "/model_weights" : "";
  const Handle root = whole ? h5::child(source, top, "model_weights", at)
                            : Handle(H5Gopen2(top, "/", H5P_DEFAULT), H5Gclose);
  check(static_cast<bool>(root), ErrorCode::Format, source.file,
        ": has no root: ", h5::complaint());
  if (h5::lists_layers(root.get())) {
    version_ = one_text(root.get(), "keras_version");
    if (version_.empty()) version_ = one_text(top, "keras_version");
    backend_ = one_text(root.get(), "backend");
    check(!version_.empty() && !version_.starts_with("1.") && !version_.starts_with("0."),
          ErrorCode::Format, source.file, ": written by Keras ", version_.empty() ? "1" : version_,
          ", whose layout Cameo does not read; load it with Keras 2 and save it again");
    arrays_ = h5::named_arrays(source, root.get(), at);
  } else {
    check(h5::link_of(root.get(), "layers") != h5::Link::None ||
              h5::link_of(root.get(), "_layer_checkpoint_dependencies") != h5::Link::None ||
              h5::link_of(root.get(), "vars") != h5::Link::None,
          ErrorCode::Format, source.file,
          ": not Keras weights: neither a list of layers (attribute layer_names) nor a group "
          "`layers`; at its top lie ",
          contents(root.get()));
    layout_ = Layout::Numbered;
    arrays_ = h5::numbered_arrays(source, root.get());
  }
  check(!arrays_.empty(), ErrorCode::Format, source.file, ": lists no weights");
}

KerasFile::~KerasFile() = default;
KerasFile::KerasFile(KerasFile&&) noexcept = default;

std::string KerasFile::writer() const {
  if (layout_ == Layout::Numbered) return "Keras 2.12 or later, numbered layers";
  return "Keras " + version_ + (backend_.empty() ? "" : ", " + backend_);
}

std::vector<float> KerasFile::read(const KerasArray& array) const {
  const h5::Quiet quiet;
  const std::int64_t count =
      std::accumulate(array.shape.begin(), array.shape.end(), std::int64_t{1}, std::multiplies<>());
  std::vector<float> values(static_cast<std::size_t>(count));
  const Handle dataset(H5Dopen2(open_->file.get(), array.dataset.c_str(), H5P_DEFAULT), H5Dclose);
  check(dataset && H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                           values.data()) >= 0,
        ErrorCode::Format, open_->source.file, ": ", array.dataset,
        " cannot be read: ", h5::complaint());
  return values;
}

}  // namespace cameo
