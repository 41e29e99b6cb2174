// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <hdf5.h>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "model/file/model_file.h"
#include "tests/model/keras/keras_files.h"

// Changes to HDF5 files, by HDF5's own calls; and the check that a damaged file is refused.
namespace cameo::test {

inline void must(herr_t status) {
  REQUIRE(status >= 0);
}

/// Opens a file to change it, by HDF5's own calls.
inline void change(const std::filesystem::path& file, const std::function<void(hid_t)>& act) {
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  REQUIRE(id >= 0);
  act(id);
  must(H5Fclose(id));
}

using Change = std::function<void(hid_t)>;
using Extents = std::vector<hsize_t>;

inline Change remove(const std::string& path) {
  return [=](hid_t file) { must(H5Ldelete(file, path.c_str(), H5P_DEFAULT)); };
}

inline Change soft_link(const std::string& path) {
  return [=](hid_t file) {
    must(H5Lmove(file, path.c_str(), file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT));
    must(H5Lcreate_soft("/elsewhere", file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT));
  };
}

inline Change external_link(const std::string& path) {
  return [=](hid_t file) {
    must(H5Ldelete(file, path.c_str(), H5P_DEFAULT));
    must(H5Lcreate_external("/etc/passwd", "/x", file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT));
  };
}

inline Change remove_attribute(const std::string& on, const std::string& name) {
  return [=](hid_t file) { must(H5Adelete_by_name(file, on.c_str(), name.c_str(), H5P_DEFAULT)); };
}

/// An attribute with one fixed-length text instead of what was there.
inline Change text_attribute(const std::string& on, const std::string& name,
                             const std::string& text) {
  return [=](hid_t file) {
    if (H5Aexists_by_name(file, on.c_str(), name.c_str(), H5P_DEFAULT) > 0)
      must(H5Adelete_by_name(file, on.c_str(), name.c_str(), H5P_DEFAULT));
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    must(H5Tset_size(type, text.size()));
    const hid_t made = H5Acreate_by_name(file, on.c_str(), name.c_str(), type, space, H5P_DEFAULT,
                                         H5P_DEFAULT, H5P_DEFAULT);
    must(H5Awrite(made, type, text.data()));
    must(H5Aclose(made));
    must(H5Sclose(space));
    must(H5Tclose(type));
  };
}

/// How a dataset is made anew in the place of another.
struct Anew {
  Extents extents;
  hid_t type = H5T_IEEE_F32LE;
  std::function<void(hid_t)> how = [](hid_t) {};  ///< changes the creation list
  bool fill = true;                               ///< whether numbers are written
};

inline Change replace(const std::string& path, const Anew& anew) {
  return [=](hid_t file) {
    must(H5Ldelete(file, path.c_str(), H5P_DEFAULT));
    const hid_t space =
        H5Screate_simple(static_cast<int>(anew.extents.size()), anew.extents.data(), nullptr);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    anew.how(list);
    const hid_t made =
        H5Dcreate2(file, path.c_str(), anew.type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    REQUIRE(made >= 0);
    if (anew.fill) {
      std::size_t count = 1;
      for (const hsize_t extent : anew.extents) count *= extent;
      const std::vector<double> numbers(count, 0.25);
      must(H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()));
    }
    must(H5Dclose(made));
    must(H5Pclose(list));
    must(H5Sclose(space));
  };
}

inline Change both(const Change& first, const Change& second) {
  return [=](hid_t file) {
    first(file);
    second(file);
  };
}

/// Imports the folder: the message must name the file and say all this, and nothing be written.
inline void check_refused(const std::filesystem::path& folder, const std::string& file,
                          const std::vector<const char*>& says) {
  const Scratch scratch;
  const std::string message =
      message_of([&] { KerasImport(find_keras(folder), {}).save(scratch / kModelFile); });
  CAPTURE(message);
  CHECK(message.starts_with((folder / file).string()));
  for (const char* part : says) CHECK(contains(message, part));
  CHECK(std::filesystem::is_empty(scratch.path()));
}

}  // namespace cameo::test
