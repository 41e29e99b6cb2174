// SPDX-License-Identifier: MIT
#include "model/keras/h5.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>

#include "base/files.h"

namespace cameo::h5 {
namespace {

// More than any list of layers holds: a damaged file shall not make us allocate what it claims.
constexpr std::size_t kMaxTexts = 100'000;
constexpr std::size_t kMaxTextBytes = 1U << 16U;

// HDF5 tidies up when the program ends, and complains on stderr if a damaged file left something
// behind. We close what we open ourselves. It must be told before its first use.
[[maybe_unused]] const herr_t kNoTidying = H5dont_atexit();

std::string trimmed(const char* text, std::size_t size) {
  return {text, strnlen(text, size)};
}

bool read_variable(const Handle& attribute, const Handle& space, hid_t type, std::size_t count,
                   std::vector<std::string>& list) {
  std::vector<char*> pointers(count, nullptr);
  if (H5Aread(attribute.get(), type, pointers.data()) < 0) return false;
  for (const char* text : pointers)
    list.push_back(text == nullptr ? std::string() : trimmed(text, kMaxTextBytes));
  H5Dvlen_reclaim(type, space.get(), H5P_DEFAULT, pointers.data());
  return true;
}

bool read_fixed(const Handle& attribute, hid_t type, std::size_t count,
                std::vector<std::string>& list) {
  const std::size_t size = H5Tget_size(type);
  if (size == 0 || size > kMaxTextBytes || count * size > H5Aget_storage_size(attribute.get()))
    return false;
  std::vector<char> all(count * size);
  if (H5Aread(attribute.get(), type, all.data()) < 0) return false;
  for (std::size_t i = 0; i < count; ++i) list.push_back(trimmed(all.data() + i * size, size));
  return true;
}

}  // namespace

Quiet::Quiet() {
  H5Eget_auto2(H5E_DEFAULT, &before_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Quiet::~Quiet() {
  H5Eset_auto2(H5E_DEFAULT, before_, data_);
}

std::string complaint() {
  std::string text;
  const auto take = [](unsigned depth, const H5E_error2_t* error, void* to) -> herr_t {
    if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(to) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &text);
  return text;
}

Link link_of(hid_t group, const std::string& name) {
  H5L_info_t info{};
  if (H5Lexists(group, name.c_str(), H5P_DEFAULT) <= 0 ||
      H5Lget_info(group, name.c_str(), &info, H5P_DEFAULT) < 0)
    return Link::None;
  if (info.type == H5L_TYPE_HARD) return Link::Hard;
  return info.type == H5L_TYPE_SOFT ? Link::Soft : Link::External;
}

std::vector<std::string> names_in(hid_t group) {
  std::vector<std::string> names;
  const auto take = [](hid_t, const char* name, const H5L_info_t*, void* to) -> herr_t {
    auto& list = *static_cast<std::vector<std::string>*>(to);
    list.emplace_back(name);
    return list.size() < kMaxTexts ? 0 : 1;  // the tree of a damaged group may run in a circle
  };
  H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, take, &names);
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

Kind kind_of(hid_t object) {
  const H5I_type_t type = H5Iget_type(object);
  if (type == H5I_GROUP) return Kind::Group;
  return type == H5I_DATASET ? Kind::Dataset : Kind::Other;
}

bool has_attribute(hid_t object, const std::string& name) {
  return H5Aexists(object, name.c_str()) > 0;
}

Texts read_texts(hid_t object, const std::string& name) {
  Texts texts;
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
  const Handle space(attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose);
  const Handle type(attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose);
  const hssize_t count = space ? H5Sget_simple_extent_npoints(space.get()) : -1;
  texts.ok = type && count >= 0 && static_cast<std::size_t>(count) <= kMaxTexts;
  if (!texts.ok || count == 0) return texts;
  const auto all = static_cast<std::size_t>(count);
  if (H5Tget_class(type.get()) != H5T_STRING)
    texts.ok = false;
  else if (H5Tis_variable_str(type.get()) > 0)
    texts.ok = read_variable(attribute, space, type.get(), all, texts.list);
  else
    texts.ok = read_fixed(attribute, type.get(), all, texts.list);
  return texts;
}

}  // namespace cameo::h5
