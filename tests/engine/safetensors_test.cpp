// SPDX-License-Identifier: MIT
#include "engine/safetensors.h"

#include <fstream>
#include <iterator>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::message_of;
using cameo::test::Scratch;

namespace {

std::string bytes_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

/// A file with this header, its length before it, and `data` bytes of zeros after it.
void put_header(const std::filesystem::path& file, const std::string& header, std::size_t data) {
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i));
  put(file, bytes + header + std::string(data, '\0'));
}

std::string opening(const std::filesystem::path& file, ErrorCode wanted = ErrorCode::Format) {
  try {
    const SafetensorsFile opened(file);
  } catch (const Error& e) {
    CHECK(e.code() == wanted);
    return e.what();
  }
  return "nothing was thrown";
}

const std::vector<float> kFloatsIn{1.5F, -2, 3, 4, 5, 6};
const std::vector<std::int64_t> kIntsIn{-7, 1LL << 40};

std::vector<TensorOut> two_tensors() {
  return {{"w", "F32", {1, 2, 3}, std::as_bytes(std::span(kFloatsIn))},
          {"step", "I64", {2}, std::as_bytes(std::span(kIntsIn))}};
}

}  // namespace

TEST_CASE("tensors and metadata come back as they were written") {
  const Scratch scratch;
  write_safetensors(scratch / "m.safetensors", two_tensors(), {{"preset", "light"}, {"é\"\n", ""}});
  const SafetensorsFile file(scratch / "m.safetensors");
  CHECK(file.tensors().size() == 2);
  CHECK(file.metadata().at("preset") == "light");
  CHECK(file.metadata().at("é\"\n").empty());
  CHECK(file.entry("w").shape == std::vector<std::int64_t>{1, 2, 3});
  std::vector<float> floats(6);
  std::vector<std::int64_t> ints(2);
  file.read("w", "F32", std::as_writable_bytes(std::span(floats)));
  file.read("step", "I64", std::as_writable_bytes(std::span(ints)));
  CHECK(floats == kFloatsIn);
  CHECK(ints == kIntsIn);
}

TEST_CASE("the bytes are those of the format: length, JSON padded to 8, data, the widest first") {
  const Scratch scratch;
  write_safetensors(scratch / "m", two_tensors(), {{"k", "v"}});
  const std::string bytes = bytes_of_file(scratch / "m");
  const std::string header =
      R"({"__metadata__":{"k":"v"},"step":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},)"
      R"("w":{"dtype":"F32","shape":[1,2,3],"data_offsets":[16,40]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  CHECK(static_cast<std::uint8_t>(bytes[0]) == padded);
  CHECK(bytes.substr(1, 7) == std::string(7, '\0'));
  CHECK(bytes.substr(8, header.size()) == header);
  CHECK(bytes.size() == 8 + padded + 40);
  CHECK(bytes.substr(8 + padded + 16, 4) == std::string("\0\0\xC0\x3F", 4));  // 1.5F
}

TEST_CASE("a file without tensors and without metadata can be written and read") {
  const Scratch scratch;
  write_safetensors(scratch / "m", {}, {});
  CHECK(SafetensorsFile(scratch / "m").tensors().empty());
  const std::vector<float> none;
  write_safetensors(scratch / "m", {{"empty", "F32", {0, 4}, std::as_bytes(std::span(none))}}, {});
  CHECK(SafetensorsFile(scratch / "m").entry("empty").begin == 0);
}

TEST_CASE("an open file stays what it was, though another takes its name") {
  const Scratch scratch;
  write_safetensors(scratch / "m", two_tensors(), {});
  SafetensorsFile opened(scratch / "m");
  const std::vector<float> others(20, 9);
  write_safetensors(scratch / "m", {{"w", "F32", {20}, std::as_bytes(std::span(others))}}, {});
  const SafetensorsFile moved = std::move(opened);
  std::vector<float> floats(6);
  moved.read("w", "F32", std::as_writable_bytes(std::span(floats)));
  CHECK(floats == kFloatsIn);
}

TEST_CASE("a path in the metadata may be of any bytes") {
  const Scratch scratch;
  write_safetensors(scratch / "m", two_tensors(), {{"model", "caf\xE9/m"}});
  CHECK(SafetensorsFile(scratch / "m").metadata().at("model") == "caf\uFFFD/m");
}

TEST_CASE("wrong questions are refused") {
  const Scratch scratch;
  write_safetensors(scratch / "m", two_tensors(), {});
  const SafetensorsFile file(scratch / "m");
  std::vector<float> floats(5);
  CHECK(contains(message_of([&] { (void)file.entry("b"); }), "holds no tensor \"b\""));
  CHECK(contains(
      message_of([&] { file.read("w", "F32", std::as_writable_bytes(std::span(floats))); }),
      "holds 24 bytes of F32, wanted 20 of F32"));
  CHECK_THROWS_AS(file.read("step", "F64", std::as_writable_bytes(std::span(floats))), Error);
}

TEST_CASE("missing, short and foreign files are refused with their name") {
  const Scratch scratch;
  const auto file = scratch / "bad";
  CHECK(contains(opening(file, ErrorCode::Input), "No such file"));
  CHECK(contains(opening(scratch.path(), ErrorCode::Input), "not a regular file"));
  put(file, "abc");
  CHECK(contains(opening(file), "only 3 bytes"));
  put(file, std::string(8, '\xFF') + "{}");
  CHECK(contains(opening(file), "a header of 18446744073709551615 bytes in a file of 10"));
  put_header(file, "PK not json", 0);
  CHECK(contains(opening(file), "its header is not JSON"));
  put_header(file, "[1]", 0);
  CHECK(contains(opening(file), "its header is not JSON"));
  put_header(file, "", 0);
  CHECK(contains(opening(file), "its header is not JSON"));
  put_header(file, "{\"a\":{\"\xFF", 0);
  CHECK(contains(opening(file), "its header is not JSON"));
  CHECK(contains(opening(file), file.string()));
}

TEST_CASE("a truncated file is refused wherever it ends") {
  const Scratch scratch;
  write_safetensors(scratch / "m", two_tensors(), {});
  const std::string whole = bytes_of_file(scratch / "m");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put(scratch / "cut", whole.substr(0, length));
    CAPTURE(length);
    CHECK(opening(scratch / "cut") != "nothing was thrown");
  }
  put(scratch / "cut", whole + "x");
  CHECK(contains(opening(scratch / "cut"), "1 bytes after the last tensor"));
}

TEST_CASE("tensors that overlap, leave holes or lie about their size are refused") {
  const Scratch scratch;
  const auto file = scratch / "bad";
  const auto tensor = [](const char* rest) {
    return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{)" + std::string(rest) +
           "}}";
  };
  put_header(file, tensor(R"("dtype":"F32","shape":[2],"data_offsets":[4,12])"), 12);
  CHECK(contains(opening(file), "inside the tensor before it"));
  put_header(file, tensor(R"("dtype":"F32","shape":[1],"data_offsets":[12,16])"), 16);
  CHECK(contains(opening(file), "bytes 8 to 12 belong to no tensor"));
  put_header(file, tensor(R"("dtype":"F32","shape":[3],"data_offsets":[8,16])"), 8);
  CHECK(contains(opening(file), "needs 12 bytes"));
  put_header(file, tensor(R"("dtype":"F32","shape":[2],"data_offsets":[8,16])"), 12);
  CHECK(contains(opening(file), "truncated: tensor \"b\" ends at byte 16 of 12"));
  put_header(file, tensor(R"("dtype":"F31","shape":[2],"data_offsets":[8,16])"), 8);
  CHECK(contains(opening(file), "unknown type F31"));
  put_header(file, tensor(R"("dtype":"F32","shape":[-1,-2],"data_offsets":[8,16])"), 8);
  CHECK(contains(opening(file), "impossible shape"));
  put_header(file, tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[8,8])"),
             0);
  CHECK(contains(opening(file), "impossible shape"));
  put_header(file, tensor(R"("dtype":"F32","shape":[2],"data_offsets":[16,8])"), 8);
  CHECK(contains(opening(file), "needs 8 bytes"));
  put_header(file, tensor(R"("dtype":"F32","shape":[2],"data_offsets":[-8,0])"), 0);
  CHECK(contains(opening(file), "no pair of data offsets"));
  for (const char* shape : {"2", "[2.9]", "[true,2]", "{\"a\":2}", "[\"2\"]"}) {
    const std::string rest = R"("dtype":"F32","data_offsets":[8,16],"shape":)";
    put_header(file, tensor((rest + shape).c_str()), 16);
    CHECK(contains(opening(file), "tensor \"b\" has a shape that is no list of integers"));
  }
  put_header(file,
             tensor(R"("dtype":"F32","shape":[0],"data_offsets":[8,8]},"a":{)"
                    R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"),
             8);
  CHECK(contains(opening(file), "\"a\" is described twice"));
  put_header(file, R"({"a":3})", 0);
  CHECK(contains(opening(file), "described wrongly"));
  put_header(file, R"({"__metadata__":{"k":1}})", 0);
  CHECK(contains(opening(file), "metadata \"k\" is not text"));
}

TEST_CASE("what cannot be written leaves the old file as it was and no other") {
  const Scratch scratch;
  const auto file = scratch / "m";
  write_safetensors(file, two_tensors(), {});
  const std::string before = bytes_of_file(file);
  auto wrong = two_tensors();
  wrong[0].shape = {7};
  CHECK(contains(message_of([&] { write_safetensors(file, wrong, {}); }), "has 24 bytes"));
  wrong = two_tensors();
  wrong[1].name = "w";
  CHECK(contains(message_of([&] { write_safetensors(file, wrong, {}); }), "is taken"));
  CHECK(contains(message_of([&] { write_safetensors(scratch / "no" / "m", two_tensors(), {}); }),
                 "cannot create"));
  CHECK(bytes_of_file(file) == before);
  // The rename fails where a folder has the name; the temporary file must go.
  std::filesystem::create_directories(scratch / "taken" / "inside");
  CHECK(contains(message_of([&] { write_safetensors(scratch / "taken", two_tensors(), {}); }),
                 "cannot replace"));
  int entries = 0;
  for ([[maybe_unused]] const auto& e : std::filesystem::directory_iterator(scratch.path()))
    ++entries;
  CHECK(entries == 2);
}

TEST_CASE("a new file replaces the old, and what a crash left beside it does no harm") {
  const Scratch scratch;
  put(scratch / "m.tmp",
      "half a file of an earlier life that is quite long, longer than the new one");
  put(scratch / "m", "old");
  write_safetensors(scratch / "m", two_tensors(), {});
  CHECK(SafetensorsFile(scratch / "m").has("w"));
}
