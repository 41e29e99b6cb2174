// SPDX-License-Identifier: MIT
#pragma once
// C2PA manifests (Content Credentials, https://c2pa.org) of images and videos.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/mark/c2pa_library.h"
#include "pipeline/mark/signature.h"
#include "pipeline/mark/trusted_certificates.h"

namespace cameo {

/// Name of the watermark's algorithm in soft bindings.
inline constexpr const char* kSoftBinding = "io.cameo.watermark.1";

/// Name by which the loader looks for libc2pa_c.
inline constexpr const char* kC2paLibrary = "libc2pa_c.so";

/// What became of a file's C2PA manifest store.
enum class C2paState {
  None,       ///< there is none
  Unread,     ///< there is one, and nothing here reads it
  Valid,      ///< the file is as it was signed, and the signer is trusted
  Untrusted,  ///< it is as it was signed, by somebody whose certificate leads to no trusted one
  Tampered,   ///< the file, the manifest or its signature is not what was signed
};

/// The manifest of an ingredient that did not stand the check, when the ingredient was added or
/// now.
struct C2paFailure {
  std::string manifest;            ///< its label; empty: not said
  std::vector<std::string> codes;  ///< C2PA's of what is wrong: "assertion.dataHash.mismatch"
};

/// A checked manifest store: what its active manifest says.
struct C2paReport {
  C2paState state = C2paState::None;
  std::string signer;               ///< common name of the certificate, with its organisation
  std::string time;                 ///< of a time-stamp authority, RFC 3339; empty: none
  bool time_trusted = false;        ///< the authority's certificate leads to a trusted one
  std::string generator;            ///< program that made the claim, with its version
  std::string digital_source_type;  ///< of its actions, one of synthetic media before others
  std::string watermark;            ///< asset id that a soft binding of kSoftBinding names
  int earlier = 0;                  ///< manifests of ingredients that it carries
  std::vector<C2paFailure> failed_ingredients;
  std::string problem;  ///< what is wrong

  /// Whether what it says is what was signed, by whomever.
  bool intact() const { return state == C2paState::Valid || state == C2paState::Untrusted; }
};

/// What a manifest says of an output.
struct C2paClaim {
  std::filesystem::path parent;  ///< image or video that was opened and edited; empty: none
  std::string watermark;         ///< asset id; empty or kNoWatermark: none
};

/// The format of an image or video as libc2pa_c calls it, by its first bytes or, of a file that is
/// not there yet and of a video, its name; empty: one that takes no manifest. They go into JPEG,
/// PNG, TIFF, WebP, HEIC, AVIF, MP4, MOV and AVI.
std::string c2pa_format(const std::filesystem::path& file);

/// Writer and reader of manifests by libc2pa_c. Reading never uses the network. Several threads may
/// call at once.
class C2pa {
 public:
  /// library: as C2paLibrary takes it, and throws.
  explicit C2pa(const std::string& library) : library_(library) {}

  /// The library that the loader finds as kC2paLibrary; null where it finds none that works.
  static std::unique_ptr<C2pa> find();

  std::string version() const { return library_.version(); }

  /// Puts a manifest into a file, in place of one that is there: what was opened, the edit with its
  /// digital source type (kComposite) and this program, and the watermark as soft binding. It is
  /// signed, and covers all other bytes of the file, which therefore must be finished. timestamp:
  /// as C2paLibrary::sign has it. The file is replaced atomically; throws Error (ErrorCode::Input)
  /// and leaves it as it was if that fails.
  void embed(const std::filesystem::path& file, const C2paClaim& claim, const PemSigner& signer,
             const std::string& timestamp = {}) const;

  /// Signs a small picture in memory. Throws Error (ErrorCode::Usage) if key, certificate or
  /// time-stamp authority will not do: for checks before any work.
  void check_signer(const PemSigner& signer, const std::string& timestamp = {}) const;

  /// Reads and checks the manifest store of an image or video. trusted: makes a signer, or an
  /// authority of time stamps, a trusted one; empty: nobody is. Throws Error (ErrorCode::Input) if
  /// the store cannot be read, or the file around it.
  C2paReport read(const std::filesystem::path& file, const TrustedCertificates& trusted = {}) const;

 private:
  C2paLibrary library_;
};

/// The manifest store of a file, whatever there is to read it. c2pa: null if nothing is. present:
/// whether the file holds one by its structure (Declaration::c2pa); it is tampered with if it then
/// cannot be read.
C2paReport check_manifest(const C2pa* c2pa, const std::filesystem::path& file, bool present,
                          const TrustedCertificates& trusted = {});

}  // namespace cameo
