// SPDX-License-Identifier: MIT
#include "pipeline/mark/c2pa_library.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

#include "base/error.h"

namespace cameo {
namespace {

// Types of the library. Its objects are opaque, and one function frees them all.
using ReadBytes = std::intptr_t (*)(void* context, std::uint8_t* data, std::intptr_t bytes);
using SeekTo = std::intptr_t (*)(void* context, std::intptr_t offset, int whence);
using WriteBytes = std::intptr_t (*)(void* context, const std::uint8_t* data, std::intptr_t bytes);
using Flush = std::intptr_t (*)(void* context);

struct SignerInfo {
  const char* algorithm;
  const char* certificates;
  const char* key;
  const char* timestamp_authority;  // may be null
};

/// A file that the library reads and writes by callbacks, whose failures it tells in other words.
struct OpenFile {
  std::FILE* file = nullptr;
  int error = 0;  ///< errno of the first call that failed; 0: none

  /// -1, as the library wants it.
  std::intptr_t failed() {
    if (error == 0) error = errno;
    return -1;
  }
};

OpenFile& file_in(void* context) {
  return *static_cast<OpenFile*>(context);
}

std::intptr_t read_bytes_of(void* context, std::uint8_t* data, std::intptr_t bytes) {
  if (bytes < 0) return -1;
  OpenFile& in = file_in(context);
  const std::size_t read = std::fread(data, 1, static_cast<std::size_t>(bytes), in.file);
  return std::ferror(in.file) != 0 ? in.failed() : static_cast<std::intptr_t>(read);
}

std::intptr_t seek_to(void* context, std::intptr_t offset, int whence) {
  // The library's numbers, which C leaves to the system.
  constexpr int kStart = 0, kCurrent = 1;
  const int from = whence == kStart ? SEEK_SET : whence == kCurrent ? SEEK_CUR : SEEK_END;
  OpenFile& file = file_in(context);
  if (::fseeko(file.file, offset, from) != 0) return file.failed();
  return ::ftello(file.file);
}

std::intptr_t write_bytes_of(void* context, const std::uint8_t* data, std::intptr_t bytes) {
  if (bytes < 0) return -1;
  OpenFile& out = file_in(context);
  const std::size_t written = std::fwrite(data, 1, static_cast<std::size_t>(bytes), out.file);
  return written == static_cast<std::size_t>(bytes) ? bytes : out.failed();
}

std::intptr_t flush_file(void* context) {
  OpenFile& file = file_in(context);
  return std::fflush(file.file) == 0 ? 0 : file.failed();
}

}  // namespace

struct C2paLibrary::Functions {
  char* (*version)() = nullptr;
  char* (*error)() = nullptr;
  int (*free)(const void*) = nullptr;
  void* (*create_stream)(void*, ReadBytes, SeekTo, WriteBytes, Flush) = nullptr;
  void (*release_stream)(void*) = nullptr;
  void* (*settings_new)() = nullptr;
  int (*settings_update)(void*, const char* text, const char* format) = nullptr;
  void* (*context_builder_new)() = nullptr;
  int (*context_builder_set_settings)(void*, void* settings) = nullptr;
  void* (*context_builder_build)(void*) = nullptr;  // takes the builder
  void* (*reader_from_context)(void*) = nullptr;
  void* (*reader_with_stream)(void*, const char* format, void*) = nullptr;  // takes the reader
  char* (*reader_json)(void*) = nullptr;
  void* (*builder_from_context)(void*) = nullptr;
  void* (*builder_with_definition)(void*, const char* json) = nullptr;  // takes the builder
  int (*builder_add_ingredient)(void*, const char* json, const char* format, void*) = nullptr;
  std::int64_t (*builder_sign)(void*, const char* format, void* source, void* destination,
                               void* signer, const unsigned char** manifest) = nullptr;
  void* (*signer_from_info)(const SignerInfo*) = nullptr;
};

struct C2paLibrary::Free {
  int (*free)(const void*);
  void operator()(void* object) const { free(object); }
};

/// A file as the library reads and writes it.
class C2paLibrary::Stream {
 public:
  Stream(const Functions& call, const std::filesystem::path& file, const char* mode)
      : call_(call), name_(file.string()), file_{.file = std::fopen(file.c_str(), mode)} {
    check(file_.file != nullptr, ErrorCode::Input, name_,
          ": cannot be opened: ", std::strerror(errno));
    stream_ = call.create_stream(&file_, read_bytes_of, seek_to, write_bytes_of, flush_file);
    if (stream_ != nullptr) return;
    std::fclose(file_.file);
    fail(ErrorCode::Failed, name_, ": libc2pa_c cannot open a stream");
  }
  ~Stream() {
    call_.release_stream(stream_);
    std::fclose(file_.file);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void* get() const { return stream_; }
  /// Throws Error (ErrorCode::Input) with the system's words if a callback failed: "No space left
  /// on device", where the library speaks of its own formats.
  void check_calls(const char* what) const {
    check(file_.error == 0, ErrorCode::Input, name_, ": cannot be ", what, ": ",
          std::strerror(file_.error));
  }
  /// Sees to it that all of it is on the disk; one that is full may say so here only.
  void sync() const {
    check(std::fflush(file_.file) == 0 && ::fsync(::fileno(file_.file)) == 0, ErrorCode::Input,
          name_, ": cannot be written: ", std::strerror(errno));
  }

 private:
  const Functions& call_;
  std::string name_;
  OpenFile file_;
  void* stream_ = nullptr;
};

C2paLibrary::C2paLibrary(const std::string& library) : call_(std::make_unique<Functions>()) {
  // It stays loaded, as it has state of its own in each thread.
  void* const loaded = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr)
    fail(ErrorCode::Usage, "C2PA: ", dlerror(), "; the package c2pa-python ", kKnownC2pa,
         " holds libc2pa_c.so");
  const auto load = [&](auto& function, const std::string& name) {
    void* const symbol = dlsym(loaded, ("c2pa_" + name).c_str());
    check(symbol != nullptr, ErrorCode::Usage, "C2PA: ", library,
          call_->version == nullptr ? "" : ", " + version() + ",", " has no c2pa_", name,
          "; that of the package c2pa-python ", kKnownC2pa, " has");
    std::memcpy(&function, &symbol, sizeof symbol);
  };
  load(call_->free, "free");
  load(call_->version, "version");
  load(call_->error, "error");
  load(call_->create_stream, "create_stream");
  load(call_->release_stream, "release_stream");
  load(call_->settings_new, "settings_new");
  load(call_->settings_update, "settings_update_from_string");
  load(call_->context_builder_new, "context_builder_new");
  load(call_->context_builder_set_settings, "context_builder_set_settings");
  load(call_->context_builder_build, "context_builder_build");
  load(call_->reader_from_context, "reader_from_context");
  load(call_->reader_with_stream, "reader_with_stream");
  load(call_->reader_json, "reader_json");
  load(call_->builder_from_context, "builder_from_context");
  load(call_->builder_with_definition, "builder_with_definition");
  load(call_->builder_add_ingredient, "builder_add_ingredient_from_stream");
  load(call_->builder_sign, "builder_sign");
  load(call_->signer_from_info, "signer_from_info");
}

C2paLibrary::~C2paLibrary() = default;

/// A copy of a text that the library gave away.
std::string C2paLibrary::text(char* text) const {
  if (text == nullptr) return {};
  std::string copy = text;
  call_->free(text);
  return copy;
}

std::string C2paLibrary::version() const {
  return text(call_->version());
}

void C2paLibrary::check_result(std::int64_t result, const char* call) const {
  if (result >= 0) return;
  const std::string why = text(call_->error());
  fail(ErrorCode::Failed, why.empty() ? "c2pa_" + std::string(call) + " failed" : why);
}

C2paLibrary::Handle C2paLibrary::owned(void* object, const char* call) const {
  check_result(object == nullptr ? -1 : 0, call);
  return {object, Free{call_->free}};
}

C2paLibrary::Handle C2paLibrary::context(const std::string& settings) const {
  const Handle values = owned(call_->settings_new(), "settings_new");
  check_result(call_->settings_update(values.get(), settings.c_str(), "json"),
               "settings_update_from_string");
  Handle builder = owned(call_->context_builder_new(), "context_builder_new");
  check_result(call_->context_builder_set_settings(builder.get(), values.get()),
               "context_builder_set_settings");
  return owned(call_->context_builder_build(builder.release()), "context_builder_build");
}

std::string C2paLibrary::read(const C2paAsset& asset, const std::string& settings) const {
  const Stream stream(*call_, asset.file, "rb");
  const Handle all = context(settings);
  Handle empty = owned(call_->reader_from_context(all.get()), "reader_from_context");
  const Handle reader =
      owned(call_->reader_with_stream(empty.release(), asset.format.c_str(), stream.get()),
            "reader_with_stream");
  char* const json = call_->reader_json(reader.get());
  check_result(json == nullptr ? -1 : 0, "reader_json");
  return text(json);
}

void C2paLibrary::sign(const C2paAsset& asset, const std::filesystem::path& signed_file,
                       const C2paManifest& manifest, const PemSigner& signer,
                       const std::string& timestamp) const {
  const Handle all = context(manifest.settings);
  Handle empty = owned(call_->builder_from_context(all.get()), "builder_from_context");
  const Handle builder =
      owned(call_->builder_with_definition(empty.release(), manifest.definition.c_str()),
            "builder_with_definition");
  if (!manifest.parent.file.empty()) {
    const Stream parent(*call_, manifest.parent.file, "rb");
    const auto add = [&](const char* format) {
      return call_->builder_add_ingredient(builder.get(), manifest.ingredient.c_str(), format,
                                           parent.get());
    };
    // One whose manifests are too damaged to be kept is a file like any other.
    if (manifest.parent.format.empty() || add(manifest.parent.format.c_str()) < 0)
      check_result(add("application/octet-stream"), "builder_add_ingredient_from_stream");
  }
  const SignerInfo info{
      .algorithm = signer.algorithm.c_str(),
      .certificates = signer.certificates.c_str(),
      .key = signer.key.c_str(),
      .timestamp_authority = timestamp.empty() ? nullptr : timestamp.c_str(),
  };
  const Handle signs = owned(call_->signer_from_info(&info), "signer_from_info");
  const Stream source(*call_, asset.file, "rb");
  const Stream destination(*call_, signed_file, "w+b");
  const unsigned char* bytes = nullptr;
  const std::int64_t signed_bytes = call_->builder_sign(
      builder.get(), asset.format.c_str(), source.get(), destination.get(), signs.get(), &bytes);
  if (bytes != nullptr) call_->free(bytes);
  destination.check_calls("written");
  source.check_calls("read");
  check_result(signed_bytes, "builder_sign");
  destination.sync();
}

}  // namespace cameo
