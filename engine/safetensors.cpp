// SPDX-License-Identifier: MIT
#include "engine/safetensors.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"

namespace cameo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxHeader = 100'000'000;  // as the format's own reader demands
constexpr char kMetadata[] = "__metadata__";

struct Width {
  std::string_view dtype;
  std::size_t bytes;
};

constexpr std::array<Width, 15> kWidths{{{"BOOL", 1},
                                         {"U8", 1},
                                         {"I8", 1},
                                         {"F8_E5M2", 1},
                                         {"F8_E4M3", 1},
                                         {"I16", 2},
                                         {"U16", 2},
                                         {"F16", 2},
                                         {"BF16", 2},
                                         {"I32", 4},
                                         {"U32", 4},
                                         {"F32", 4},
                                         {"I64", 8},
                                         {"U64", 8},
                                         {"F64", 8}}};

/// Bytes of an element, 0 if there is no such type.
std::size_t width_of(std::string_view dtype) {
  const auto* const found = std::find_if(kWidths.begin(), kWidths.end(),
                                         [&](const Width& w) { return w.dtype == dtype; });
  return found == kWidths.end() ? 0 : found->bytes;
}

/// Bytes of a tensor; false if there are more than memory could ever hold.
bool tensor_bytes(std::string_view dtype, const std::vector<std::int64_t>& shape,
                  std::size_t* bytes) {
  *bytes = width_of(dtype);
  for (const std::int64_t extent : shape) {
    if (extent < 0) return false;
    const auto factor = static_cast<std::size_t>(extent);
    if (factor != 0 && *bytes > std::numeric_limits<std::size_t>::max() / factor) return false;
    *bytes *= factor;
  }
  return true;
}

SafetensorsFile::Entry entry_of(const std::string& file, const std::string& name,
                                const Json& json) {
  SafetensorsFile::Entry entry;
  const auto bad = [&](const auto&... parts) {
    fail(ErrorCode::Format, file, ": tensor \"", name, "\" ", parts...);
  };
  try {
    entry.dtype = json.at("dtype").get<std::string>();
    const Json& shape = json.at("shape");
    if (!shape.is_array() || !std::all_of(shape.begin(), shape.end(),
                                          [](const Json& e) { return e.is_number_integer(); }))
      bad("has a shape that is no list of integers");
    entry.shape = shape.get<std::vector<std::int64_t>>();
    const Json& offsets = json.at("data_offsets");
    if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
      bad("has no pair of data offsets");
    entry.begin = offsets[0].get<std::size_t>();
    entry.end = offsets[1].get<std::size_t>();
  } catch (const Json::exception& e) {
    bad("is described wrongly: ", e.what());
  }
  std::size_t bytes = 0;
  if (width_of(entry.dtype) == 0) bad("has the unknown type ", entry.dtype);
  if (!tensor_bytes(entry.dtype, entry.shape, &bytes)) bad("has an impossible shape");
  if (entry.end < entry.begin || entry.end - entry.begin != bytes)
    bad("needs ", bytes, " bytes but its offsets are ", entry.begin, " to ", entry.end);
  return entry;
}

/// The data must be covered once: no hole, no overlap, nothing left over.
void check_cover(const std::string& file,
                 const std::map<std::string, SafetensorsFile::Entry>& tensors,
                 std::size_t data_bytes) {
  struct Piece {
    std::size_t begin, end;
    const std::string* name;
  };
  std::vector<Piece> pieces;
  pieces.reserve(tensors.size());
  for (const auto& [name, entry] : tensors) pieces.push_back({entry.begin, entry.end, &name});
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::size_t covered = 0;
  for (const Piece& piece : pieces) {
    check(piece.begin >= covered, ErrorCode::Format, file, ": tensor \"", *piece.name,
          "\" begins at byte ", piece.begin, " inside the tensor before it, which ends at ",
          covered);
    check(piece.begin == covered, ErrorCode::Format, file, ": bytes ", covered, " to ", piece.begin,
          " belong to no tensor");
    check(piece.end <= data_bytes, ErrorCode::Format, file, ": truncated: tensor \"", *piece.name,
          "\" ends at byte ", piece.end, " of ", data_bytes);
    covered = piece.end;
  }
  check(covered == data_bytes, ErrorCode::Format, file, ": ", data_bytes - covered,
        " bytes after the last tensor");
}

std::string header_of(const std::vector<const TensorOut*>& order,
                      const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  std::size_t at = 0;
  for (const TensorOut* tensor : order) {
    header[tensor->name] = {{"dtype", tensor->dtype},
                            {"shape", tensor->shape},
                            {"data_offsets", {at, at + tensor->data.size()}}};
    at += tensor->data.size();
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data begins at a multiple of 8
  return text;
}

}  // namespace

/// An open file that closes itself.
class SafetensorsFile::Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& file)
      : value_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    check(value_ >= 0, ErrorCode::Input, file.string(), ": cannot open: ", std::strerror(errno));
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::size_t size(const std::filesystem::path& file) const {
    struct stat info {};
    check(::fstat(value_, &info) == 0 && S_ISREG(info.st_mode), ErrorCode::Input, file.string(),
          ": not a regular file");
    return static_cast<std::size_t>(info.st_size);
  }
  void read(const std::filesystem::path& file, std::size_t at, std::span<std::byte> to) const {
    while (!to.empty()) {
      const ssize_t got = ::pread(value_, to.data(), to.size(), static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      check(got >= 0, ErrorCode::Input, file.string(), ": cannot read: ", std::strerror(errno));
      check(got > 0, ErrorCode::Format, file.string(), ": ends ", to.size(), " bytes too early");
      at += static_cast<std::size_t>(got);
      to = to.subspan(static_cast<std::size_t>(got));
    }
  }

 private:
  int value_;
};

SafetensorsFile::SafetensorsFile(std::filesystem::path file)
    : file_(std::move(file)), in_(std::make_shared<const Descriptor>(file_)) {
  const std::string name = file_.string();
  const std::size_t size = in_->size(file_);
  check(size >= 8, ErrorCode::Format, name, ": not a safetensors file: only ", size, " bytes");
  std::array<std::uint8_t, 8> length_bytes{};
  in_->read(file_, 0, std::as_writable_bytes(std::span(length_bytes)));
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) length |= std::uint64_t{length_bytes[i]} << (8 * i);
  check(length <= std::min<std::uint64_t>(kMaxHeader, size - 8), ErrorCode::Format, name,
        ": not a safetensors file or truncated: a header of ", length, " bytes in a file of ",
        size);
  std::string text(static_cast<std::size_t>(length), '\0');
  in_->read(file_, 8, std::as_writable_bytes(std::span(text)));
  std::set<std::string> keys;
  std::string twice;  // the parser itself would keep the last of them
  const auto note = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key &&
        !keys.insert(parsed.get<std::string>()).second)
      twice = parsed.dump();
    return true;
  };
  const Json header = Json::parse(text, note, false);
  check(!text.empty() && text[0] == '{' && header.is_object(), ErrorCode::Format, name,
        ": not a safetensors file: its header is not JSON");
  check(twice.empty(), ErrorCode::Format, name, ": ", twice, " is described twice");
  data_at_ = 8 + text.size();
  for (const auto& [key, value] : header.items()) {
    if (key != kMetadata) {
      tensors_.emplace(key, entry_of(name, key, value));
      continue;
    }
    check(value.is_object(), ErrorCode::Format, name, ": its metadata is not an object");
    for (const auto& [field, content] : value.items()) {
      check(content.is_string(), ErrorCode::Format, name, ": metadata \"", field, "\" is not text");
      metadata_[field] = content.get<std::string>();
    }
  }
  check_cover(name, tensors_, size - data_at_);
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name) const {
  const auto found = tensors_.find(name);
  check(found != tensors_.end(), ErrorCode::Format, file_.string(), ": holds no tensor \"", name,
        "\"");
  return found->second;
}

void SafetensorsFile::read(const std::string& name, const std::string& dtype,
                           std::span<std::byte> to) const {
  const Entry& from = entry(name);
  check(from.dtype == dtype && from.end - from.begin == to.size(), ErrorCode::Format,
        file_.string(), ": tensor \"", name, "\" holds ", from.end - from.begin, " bytes of ",
        from.dtype, ", wanted ", to.size(), " of ", dtype);
  in_->read(file_, data_at_ + from.begin, to);
}

void write_safetensors(const std::filesystem::path& file, const std::vector<TensorOut>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::map<std::string, int> seen;
  std::vector<const TensorOut*> order;
  for (const TensorOut& tensor : tensors) {
    std::size_t bytes = 0;
    check(width_of(tensor.dtype) != 0 && tensor_bytes(tensor.dtype, tensor.shape, &bytes) &&
              bytes == tensor.data.size(),
          ErrorCode::Input, file.string(), ": tensor \"", tensor.name, "\" has ",
          tensor.data.size(), " bytes, which its type ", tensor.dtype, " and shape do not make");
    check(tensor.name != kMetadata && seen[tensor.name]++ == 0, ErrorCode::Input, file.string(),
          ": tensor name \"", tensor.name, "\" is taken");
    order.push_back(&tensor);
  }
  // The widest first, so that every tensor begins at a multiple of its element's width.
  std::stable_sort(order.begin(), order.end(), [](const TensorOut* a, const TensorOut* b) {
    return width_of(a->dtype) > width_of(b->dtype);
  });
  const std::string header = header_of(order, metadata);
  std::array<std::uint8_t, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) {
    length[i] = static_cast<std::uint8_t>(std::uint64_t{header.size()} >> (8 * i));
  }
  AtomicFile out(file);
  out.write(std::as_bytes(std::span(length)));
  out.write(header);
  for (const TensorOut* tensor : order) out.write(tensor->data);
  out.commit();
}

}  // namespace cameo
