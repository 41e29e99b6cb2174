// SPDX-License-Identifier: MIT
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sys/resource.h>

#include "base/error.h"
#include "model/keras/sandbox.h"
#include "tests/model/keras/keras_change.h"

namespace cameo::test {
namespace {

namespace fs = std::filesystem;

void overwrite(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a file that was cut off, or is no HDF5 at all, is refused") {
  const ThreeFiles whole;
  const auto size = fs::file_size(whole / "encoder.h5");
  for (const std::uintmax_t left : {size - 1, size / 2, size / 10, std::uintmax_t{96}}) {
    CAPTURE(left);
    const ThreeFiles files;
    fs::resize_file(files / "encoder.h5", left);
    check_refused(files.path(), "encoder.h5", {"cut off"});
  }
  for (const char* text : {"", "\x89HD", "<html>not found</html>", "version https://git-lfs"}) {
    CAPTURE(text);
    const ThreeFiles files;
    overwrite(files / "encoder.h5", text);
    check_refused(files.path(), "encoder.h5", {"neither HDF5 nor a .keras archive"});
  }
}

TEST_CASE("bytes overwritten anywhere never end in a crash or in half a model") {
  const ThreeFiles whole;
  const auto size = fs::file_size(whole / "decoder_A.h5");
  for (std::uintmax_t at = 8; at < size; at += 499) {
    CAPTURE(at);
    const ThreeFiles files;
    {
      std::fstream out(files / "decoder_A.h5", std::ios::binary | std::ios::in | std::ios::out);
      out.seekp(static_cast<std::streamoff>(at));
      out << std::string(8, '\xff');
    }
    const Scratch scratch;
    const std::string message =
        message_of([&] { KerasImport(find_keras(files.path()), {}).save(scratch / kModelFile); });
    CHECK(message.empty() == fs::exists(scratch / kModelFile));
  }
}

TEST_CASE("missing files are named, with those that are there") {
  const KerasFiles files{"keras_2.1.2/decoder_B.h5"};
  const auto refused = [&](const fs::path& from, const KerasSources& known = {}) {
    return message_of([&] { find_keras(from, known); });
  };
  CHECK(contains(refused(files.path()), "no file for encoder, decoder_A beside decoder_B.h5"));
  CHECK(contains(refused("", {.encoder = "e.h5"}), "no file for decoder_A, decoder_B"));
  const ThreeFiles three;
  fs::copy_file(three / "encoder.h5", three / "encoder.keras");
  CHECK(contains(refused(three.path()), "name the one you mean"));
  CHECK(
      contains(message_of([&] {
                 KerasImport({three / "encoder.h5", three / "none.h5", three / "decoder_B.h5"}, {});
               }),
               "none.h5: no such file"));
}

TEST_CASE("a file that holds another part than the one it is named for is refused") {
  const ThreeFiles files;
  const fs::path e = files / "encoder.h5", a = files / "decoder_A.h5", b = files / "decoder_B.h5";
  const auto refused = [](const KerasSources& sources) {
    return message_of([&] { KerasImport(sources, {}); });
  };
  CHECK(contains(refused({e, e, b}), "encoder.h5: holds an encoder of 7 layers where a decoder"));
  CHECK(contains(refused({e, e, b}), "--decoder-a"));
  CHECK(contains(refused({a, a, b}), "decoder_A.h5: holds a decoder of 4 layers where an encoder"));
  CHECK(contains(refused({e, a, a}), "decoder_A.h5: holds one decoder, and a model needs two"));
}

TEST_CASE("a decoder that was trained with another encoder is refused") {
  const KerasFiles files{"keras_2.1.2/whole.h5", "keras_2.12.0/flat.h5",
                         "keras_2.1.2/decoder_B.h5"};
  const KerasSources sources{files / "flat.h5", files / "whole.h5", files / "decoder_B.h5"};
  CHECK(KerasImport(sources, {}).match().problem.empty());
  change(files / "whole.h5", [](hid_t file) {
    const hid_t data = H5Dopen2(file, "/model_weights/dense_3/dense_3/bias:0", H5P_DEFAULT);
    const std::vector<float> numbers(7, 0.5F);
    must(H5Dwrite(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()));
    must(H5Dclose(data));
  });
  CHECK(contains(message_of([&] { KerasImport(sources, {}); }), "belongs to another encoder"));
}

TEST_CASE("archives and numbered layers are refused when damaged") {
  const auto refused = [](const KerasFiles& files, const std::string& name) {
    const Scratch scratch;
    return message_of(
        [&] { KerasImport(find_keras(files / name), {}).save(scratch / kModelFile); });
  };
  const KerasFiles cut{"keras_3.15.0/nested.keras"}, other{"keras_3.15.0/nested.keras"};
  const auto size = fs::file_size(cut / "nested.keras");
  fs::resize_file(cut / "nested.keras", size / 2);
  CHECK(contains(refused(cut, "nested.keras"), "nested.keras: a damaged or truncated zip"));
  {
    std::fstream out(other / "nested.keras", std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(size / 2));
    out << "damaged";
  }
  CHECK(contains(refused(other, "nested.keras"), "model.weights.h5 is damaged: "));

  const KerasFiles numbered{"tf_keras_2.21.0/flat.weights.h5"};
  change(numbered / "flat.weights.h5", remove("/layers/conv2d_1/vars/1"));
  CHECK(contains(refused(numbered, "flat.weights.h5"), "no bias [3] follows it"));
  change(numbered / "flat.weights.h5", remove("/layers/dense"));
  CHECK_FALSE(refused(numbered, "flat.weights.h5").empty());
  change(numbered / "flat.weights.h5", [](hid_t file) {
    must(H5Lcreate_hard(file, "/layers", file, "/layers/again", H5P_DEFAULT, H5P_DEFAULT));
  });
  CHECK(contains(refused(numbered, "flat.weights.h5"), "nested too deep"));
}

TEST_CASE("lists that were too long for one attribute are put together") {
  const ThreeFiles files;
  change(files / "decoder_A.h5", both(both(remove_attribute("/", "layer_names"),
                                           text_attribute("/", "layer_names0", "conv2d_6")),
                                      both(text_attribute("/", "layer_names1", "conv2d_7"),
                                           both(text_attribute("/", "layer_names2", "conv2d_8"),
                                                text_attribute("/", "layer_names3", "conv2d_9")))));
  const Scratch scratch;
  KerasImport(find_keras(files.path()), {}).save(scratch / kModelFile);
  CHECK(fs::exists(scratch / kModelFile));
}

TEST_CASE("kernels written with Theano are flipped if asked, others never") {
  const ThreeFiles files;
  const Scratch plain, flipped;
  KerasImport(find_keras(files.path()), {}).save(plain / kModelFile);
  CHECK(contains(message_of([&] { KerasImport(find_keras(files.path()), {.flip = true}); }),
                 "leave out --flip"));
  for (const char* name : {"encoder.h5", "decoder_A.h5", "decoder_B.h5"})
    change(files / name, text_attribute("/", "backend", "theano"));
  const KerasImport keras(find_keras(files.path()), {.flip = true});
  CHECK(keras.flipped(keras.match().rows[0]));
  CHECK_FALSE(keras.flipped(keras.match().rows[1]));
  keras.save(flipped / kModelFile);
  const auto weight = [](const fs::path& folder, const char* name) {
    Exec exec = Cpu();
    ParamStore params(exec);
    load_network(SafetensorsFile(folder / kModelFile), params);
    return params.read(params.find(name));
  };
  // encoder.down1 is [2,5,5,3]: the first pixel of the window changes places with the last.
  const std::vector<float> before = weight(plain.path(), "encoder.down1.weight"),
                           after = weight(flipped.path(), "encoder.down1.weight");
  for (std::size_t c = 0; c < 3; ++c) CHECK(after[c] == before[std::size_t{24} * 3 + c]);
  CHECK(weight(plain.path(), "encoder.dense1.weight") ==
        weight(flipped.path(), "encoder.dense1.weight"));
}

TEST_CASE("what crashes or fills the memory does so in a child process only") {
  CHECK(h5::try_in_child([] {}).empty());
  CHECK(h5::try_in_child([] { fail(ErrorCode::Format, "told by the parent"); }).empty());
  // Of the signals that crash, the one that no sanitizer makes an exit of.
  CHECK(h5::try_in_child([] { std::raise(SIGKILL); }) == "it crashes, signal 9");
  CHECK(h5::try_in_child([] { std::raise(SIGXCPU); }) == "it reads without end");
  // A sanitizer ends the child in its own way, so what is said is not compared.
  constexpr std::size_t kMuch = std::size_t{2} << 30U;
  const auto in_cpp = [] { check(std::string(kMuch, 'x').find('y') != 0, "never"); };
  const auto in_c = [] {
    void* const volatile memory = std::malloc(kMuch);
    check(memory != nullptr, "as HDF5 has it");
  };
  CHECK_FALSE(h5::try_in_child(in_cpp).empty());
  CHECK_FALSE(h5::try_in_child(in_c).empty());
}

TEST_CASE("a file is opened in a child process first unless its caller cannot bear a fork") {
  const ThreeFiles files;
  const auto faults_of_children = [] {
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_minflt;
  };
  const long before = faults_of_children();
  const KerasFile here(files / "encoder.h5", Guard::None);
  CHECK(here.arrays().size() == 14);
  CHECK(faults_of_children() == before);
  const KerasFile tried(files / "encoder.h5", Guard::Child);
  CHECK(tried.arrays().size() == 14);
  CHECK(faults_of_children() > before);
}

}  // namespace cameo::test
