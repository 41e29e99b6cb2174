// SPDX-License-Identifier: MIT
#pragma once
// libc2pa_c (https://github.com/contentauth/c2pa-rs, MIT or Apache-2.0), loaded at run time, so
// that neither building nor running needs it.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "pipeline/mark/signature.h"

namespace cameo {

/// Version of the package c2pa-python whose libc2pa_c is known to work.
inline constexpr const char* kKnownC2pa = "0.38.1";

/// A file with its media type, as libc2pa_c wants it: "image/png", or a suffix, "mp4"; of a parent
/// that can hold no manifests empty.
struct C2paAsset {
  std::filesystem::path file;
  std::string format;
};

/// What a manifest is made of.
struct C2paManifest {
  std::string settings;    ///< of the library, JSON
  std::string definition;  ///< claim generator and assertions, JSON
  std::string ingredient;  ///< relation to the parent, JSON
  C2paAsset parent;        ///< opened asset, whose own manifests are kept; no file: none
};

/// C interface of libc2pa_c. Several threads may call at once.
class C2paLibrary {
 public:
  /// library: a file, or a name without a slash that the loader looks up. Throws Error
  /// (ErrorCode::Usage) if it cannot be loaded or lacks a function.
  explicit C2paLibrary(const std::string& library);
  ~C2paLibrary();
  C2paLibrary(const C2paLibrary&) = delete;
  C2paLibrary& operator=(const C2paLibrary&) = delete;

  /// What the library says of itself: "c2pa-c-ffi/0.91.3 c2pa-rs/0.91.3".
  std::string version() const;

  /// The manifest store of an asset, checked, as the JSON of c2pa_reader_json. Throws Error with
  /// the library's words: ErrorCode::Input if the asset cannot be opened, ErrorCode::Failed
  /// otherwise ("ManifestNotFound: ..." if it has none).
  std::string read(const C2paAsset& asset, const std::string& settings) const;

  /// Signs a manifest and writes `asset` with it to `signed_file`, replacing a manifest of its own.
  /// timestamp: URL of a time-stamp authority (RFC 3161), asked over the network; empty: none.
  /// Throws as read() does; what is in `signed_file` is of no use then.
  void sign(const C2paAsset& asset, const std::filesystem::path& signed_file,
            const C2paManifest& manifest, const PemSigner& signer,
            const std::string& timestamp) const;

 private:
  struct Functions;
  class Stream;
  struct Free;
  using Handle = std::unique_ptr<void, Free>;

  Handle owned(void* object, const char* call) const;
  void check_result(std::int64_t result, const char* call) const;
  std::string text(char* text) const;
  Handle context(const std::string& settings) const;

  std::unique_ptr<Functions> call_;
};

}  // namespace cameo
