// SPDX-License-Identifier: MIT
#pragma once
#include <hdf5.h>
#include <string>
#include <utility>
#include <vector>

namespace cameo::h5 {

/// An HDF5 identifier that closes itself; below zero if the call that made it failed.
class Handle {
 public:
  Handle() = default;
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

/// HDF5 prints its error stack unless told not to; quiet while this object lives.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t before_ = nullptr;
  void* data_ = nullptr;
};

/// The innermost complaint of the last failed call, in HDF5's words; may be empty.
std::string complaint();

/// What a link of a group leads to. Links that leave the file or take a detour are told apart, so
/// that a reader can refuse them.
enum class Link { None, Hard, Soft, External };
Link link_of(hid_t group, const std::string& name);

/// The names in a group, by number where they hold one: conv2d_2 before conv2d_10.
std::vector<std::string> names_in(hid_t group);

enum class Kind { Group, Dataset, Other };
Kind kind_of(hid_t object);

/// Whether an attribute is there, and its text: one string, or a list of them. An empty list may be
/// stored as any type. `ok` is false if it is no text or impossibly long.
struct Texts {
  bool ok = true;
  std::vector<std::string> list;
};
bool has_attribute(hid_t object, const std::string& name);
Texts read_texts(hid_t object, const std::string& name);

}  // namespace cameo::h5
