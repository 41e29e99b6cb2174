// SPDX-License-Identifier: MIT
#include <limits>

#include "tests/model/keras/keras_change.h"

// Golden files are damaged in one way each; every one must be refused by name, with nothing
// written.
namespace cameo::test {
namespace {

struct Damage {
  const char* what;
  const char* file;
  Change change;
  std::vector<const char*> says;
};

constexpr const char* kKernel = "/conv2d_3/conv2d_3/kernel:0";  // [5,5,3,4]
constexpr const char* kBias = "/conv2d_3/conv2d_3/bias:0";

std::vector<Damage> missing_pieces() {
  return {
      {"no list of layers",
       "encoder.h5",
       remove_attribute("/", "layer_names"),
       {"not Keras weights", "layer_names", "conv2d_1"}},
      {"no list of arrays",
       "encoder.h5",
       remove_attribute("/conv2d_3", "weight_names"),
       {"/conv2d_3 has no attribute weight_names"}},
      {"no group", "encoder.h5", remove("/conv2d_3"), {"/conv2d_3 is missing"}},
      {"no array", "encoder.h5", remove(kKernel), {kKernel, "is missing"}},
      {"Keras 1 without version",
       "encoder.h5",
       remove_attribute("/", "keras_version"),
       {"Keras 1,", "save it again"}},
      {"Keras 1 with version",
       "encoder.h5",
       text_attribute("/", "keras_version", "1.2.2"),
       {"Keras 1.2.2", "save it again"}},
      {"Theano", "encoder.h5", text_attribute("/", "backend", "theano"), {"Theano", "--flip"}},
      {"a list of one name",
       "encoder.h5",
       text_attribute("/", "layer_names", "conv2d_1"),
       {"begins as an encoder at layer conv2d_1"}},
      {"a list with a layer twice",
       "decoder_A.h5",
       text_attribute("/conv2d_9", "weight_names", "conv2d_9/kernel:0"),
       {"conv2d_9", "no bias [3] follows"}},
      {"arrays in the wrong order",
       "encoder.h5",
       text_attribute("/conv2d_3", "weight_names", "conv2d_3/bias:0"),
       {"conv2d_3", "has the shape [4], where a kernel"}},
  };
}

std::vector<Damage> wrong_types() {
  return {
      {"float64",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 4}, H5T_IEEE_F64LE}),
       {kKernel, "holds float64, wanted float32"}},
      {"int32",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 4}, H5T_STD_I32LE}),
       {kKernel, "holds int32, wanted float32"}},
      {"bfloat16",
       "encoder.h5",
       both(replace(kKernel, {{5, 5, 3, 4}, H5T_STD_U16LE}),
            text_attribute(kKernel, "dtype", "bfloat16")),
       {"holds bfloat16, wanted float32"}},
      {"text",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 4}, H5T_C_S1, [](hid_t) {}, false}),
       {"holds text, wanted float32"}},
  };
}

std::vector<Damage> wrong_shapes() {
  return {
      {"a kernel of another shape",
       "encoder.h5",
       replace(kKernel, {{5, 5, 2, 4}}),
       {"conv2d_3", "[5,5,2,4]", "encoder.down3.weight", "wanted [5,5,3,O]"}},
      {"a smaller window",
       "encoder.h5",
       replace(kKernel, {{3, 3, 3, 4}}),
       {"conv2d_3", "[3,3,3,4]", "wanted [5,5,3,O]"}},
      {"a kernel of rank 3",
       "encoder.h5",
       replace(kKernel, {{5, 15, 4}}),
       {"[5,15,4]", "[H,W,I,O] or [I,O]"}},
      {"a number without extent", "encoder.h5", replace(kKernel, {{}}), {"has the shape []"}},
      {"a longer bias", "encoder.h5", replace(kBias, {{5}}), {"no bias [4] follows it", "[5]"}},
      {"a dense layer of another width",
       "encoder.h5",
       replace("/dense_1/dense_1/kernel:0", {{21, 7}}),
       {"dense_1", "[21,7]", "encoder.dense1.weight"}},
      {"a map of another size",
       "encoder.h5",
       both(replace("/dense_2/dense_2/kernel:0", {{7, 18}}),
            replace("/dense_2/dense_2/bias:0", {{18}})),
       {"dense_2", "[7,18]", "wanted [7,16]"}},
      {"channels that do not shuffle",
       "decoder_A.h5",
       both(replace("/conv2d_7/conv2d_7/kernel:0", {{3, 3, 4, 10}}),
            replace("/conv2d_7/conv2d_7/bias:0", {{10}})),
       {"[3,3,4,10]", "O a multiple of 4"}},
      {"decoders of unlike width",
       "decoder_B.h5",
       both(replace("/conv2d_11/conv2d_11/kernel:0", {{3, 3, 4, 16}}),
            replace("/conv2d_11/conv2d_11/bias:0", {{16}})),
       {"conv2d_11", "wanted [3,3,4,12]"}},
  };
}

std::vector<Damage> wrong_contents() {
  return {
      {"a number that is not finite",
       "encoder.h5",
       [](hid_t file) {
         const hid_t data = H5Dopen2(file, kBias, H5P_DEFAULT);
         const std::vector<float> numbers{1, std::numeric_limits<float>::quiet_NaN(), 2, 3};
         must(H5Dwrite(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()));
         must(H5Dclose(data));
       },
       {kBias, "not finite, at place 1"}},
  };
}

void chunked(hid_t list) {
  const Extents chunk{5, 5, 3, 4};
  must(H5Pset_chunk(list, 4, chunk.data()));
}

std::vector<Damage> links() {
  return {
      {"a symbolic link to an array", "encoder.h5", soft_link(kKernel), {kKernel, "symbolic link"}},
      {"a symbolic link to a layer",
       "encoder.h5",
       soft_link("/conv2d_3"),
       {"/conv2d_3 is a symbolic link"}},
      {"a link to another file",
       "encoder.h5",
       external_link(kKernel),
       {kKernel, "link to another file"}},
  };
}

std::vector<Damage> claims() {
  return {
      {"a huge extent",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 40'000'000'000}, H5T_IEEE_F32LE, [](hid_t) {}, false}),
       {"claims an extent of 40000000000"}},
      {"huge extents together",
       "encoder.h5",
       replace(kKernel, {{2'000'000, 2'000'000, 3, 4}, H5T_IEEE_F32LE, [](hid_t) {}, false}),
       {"claims an extent"}},
      {"an array that was never written",
       "encoder.h5",
       replace("/dense_1/dense_1/kernel:0", {{20'000, 7'000}, H5T_IEEE_F32LE, [](hid_t) {}, false}),
       {"claims 560000000 bytes of data but holds 0"}},
      {"chunks that were never written",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 4}, H5T_IEEE_F32LE, chunked, false}),
       {"but holds 0"}},
  };
}

std::vector<Damage> data_elsewhere() {
  return {
      {"numbers in another file",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 4},
                         H5T_IEEE_F32LE,
                         [](hid_t list) { must(H5Pset_external(list, "/etc/passwd", 0, 1200)); },
                         false}),
       {"keeps its data in another file"}},
      {"a virtual dataset",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 4},
                         H5T_IEEE_F32LE,
                         [](hid_t list) {
                           const Extents extents{5, 5, 3, 4};
                           const hid_t space = H5Screate_simple(4, extents.data(), nullptr);
                           must(H5Pset_virtual(list, space, "other.h5", "/x", space));
                           must(H5Sclose(space));
                         },
                         false}),
       {"virtual dataset"}},
      {"a rare filter",
       "encoder.h5",
       replace(kKernel, {{5, 5, 3, 4},
                         H5T_IEEE_F32LE,
                         [](hid_t list) {
                           chunked(list);
                           must(H5Pset_scaleoffset(list, H5Z_SO_FLOAT_DSCALE, 2));
                         }}),
       {"HDF5 filter 6"}},
  };
}

std::vector<Damage> wrong_kinds() {
  return {
      {"names that are numbers",
       "encoder.h5",
       [](hid_t file) {
         must(H5Adelete(file, "layer_names"));
         const hsize_t count = 3;
         const hid_t space = H5Screate_simple(1, &count, nullptr);
         const hid_t made =
             H5Acreate2(file, "layer_names", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT);
         must(H5Aclose(made));
         must(H5Sclose(space));
       },
       {"layer_names", "no list of names"}},
      {"a dataset where a layer should be",
       "encoder.h5",
       both(remove("/conv2d_3"),
            [](hid_t file) {
              const hid_t space = H5Screate(H5S_SCALAR);
              const hid_t made = H5Dcreate2(file, "/conv2d_3", H5T_IEEE_F32LE, space, H5P_DEFAULT,
                                            H5P_DEFAULT, H5P_DEFAULT);
              must(H5Dclose(made));
              must(H5Sclose(space));
            }),
       {"/conv2d_3 is no group"}},
  };
}

void check_all(const std::vector<Damage>& all) {
  for (const Damage& damage : all) {
    CAPTURE(damage.what);
    const ThreeFiles files;
    change(files / damage.file, damage.change);
    check_refused(files.path(), damage.file, damage.says);
  }
}

}  // namespace

TEST_CASE("files with pieces missing are refused by name") {
  check_all(missing_pieces());
}

TEST_CASE("arrays of the wrong type or shape are refused with what would fit") {
  check_all(wrong_types());
  check_all(wrong_shapes());
  check_all(wrong_contents());
}

TEST_CASE("links, data elsewhere and impossible sizes are refused") {
  check_all(links());
  check_all(claims());
  check_all(data_elsewhere());
  check_all(wrong_kinds());
}

}  // namespace cameo::test
