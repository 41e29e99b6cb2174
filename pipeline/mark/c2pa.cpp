// SPDX-License-Identifier: MIT
#include "pipeline/mark/c2pa.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/version.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/media/image.h"
#include "pipeline/media/image_format.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kUntrusted = "signingCredential.untrusted";

/// The library's settings: nothing is fetched, and no thumbnails are drawn.
Json settings_with(const std::string& trusted) {
  Json settings{{"version", 1},
                {"verify", {{"remote_manifest_fetch", false}, {"ocsp_fetch", false}}},
                {"builder", {{"thumbnail", {{"enabled", false}}}}}};
  if (!trusted.empty()) settings["trust"] = {{"user_anchors", trusted}};
  return settings;
}

Json program() {
  return {{"name", kMarkTool}, {"version", CAMEO_VERSION}};
}

std::string definition_of(const C2paClaim& claim) {
  constexpr const char* kParent = "parent";
  Json actions = Json::array();
  if (!claim.parent.empty())
    actions.push_back({{"action", "c2pa.opened"}, {"parameters", {{"ingredientIds", {kParent}}}}});
  actions.push_back({{"action", claim.parent.empty() ? "c2pa.created" : "c2pa.edited"},
                     {"digitalSourceType", kComposite},
                     {"softwareAgent", program()}});
  Json assertions{{{"label", "c2pa.actions.v2"}, {"data", {{"actions", actions}}}}};
  if (!claim.watermark.empty() && claim.watermark != kNoWatermark)
    assertions.push_back(
        {{"label", "c2pa.soft-binding"},
         {"data",
          {{"alg", kSoftBinding},
           {"blocks", {{{"scope", Json::object()}, {"value", claim.watermark}}}}}}});
  return Json{{"claim_generator_info", {program()}}, {"assertions", assertions}}.dump();
}

C2paManifest manifest_of(const C2paClaim& claim) {
  C2paManifest manifest{.settings = settings_with({}).dump(), .definition = definition_of(claim)};
  if (claim.parent.empty()) return manifest;
  manifest.ingredient = Json{{"relationship", "parentOf"}, {"label", "parent"}}.dump();
  manifest.parent = {.file = claim.parent, .format = c2pa_format(claim.parent)};
  return manifest;
}

/// A text in JSON, wherever it may be missing or be something else.
std::string text_at(const Json& object, const char* key) {
  const auto at = object.is_object() ? object.find(key) : object.end();
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

const Json& at_or_null(const Json& object, const std::string& key) {
  static const Json none;
  const auto at = object.is_object() ? object.find(key) : object.end();
  return at != object.end() ? *at : none;
}

std::string joined(const std::string& before, const std::string& mark, const std::string& text) {
  return before + (before.empty() || text.empty() ? "" : mark) + text;
}

/// The value of a soft binding's block: text, or bytes of one.
std::string binding_value(const Json& block) {
  const Json& value = at_or_null(block, "value");
  if (!value.is_array()) return text_at(block, "value");
  std::string text;
  for (const Json& byte : value)
    if (byte.is_number_unsigned()) text += static_cast<char>(byte.get<unsigned>());
  return text;
}

void add_assertion(C2paReport& report, const Json& assertion) {
  const std::string label = text_at(assertion, "label");
  const Json& data = at_or_null(assertion, "data");
  if (label.starts_with("c2pa.actions"))
    for (const Json& action : at_or_null(data, "actions")) {
      const std::string type = text_at(action, "digitalSourceType");
      if (!type.empty() && !is_synthetic_type(report.digital_source_type))
        report.digital_source_type = type;
    }
  if (!label.starts_with("c2pa.soft-binding") || text_at(data, "alg") != kSoftBinding) return;
  for (const Json& block : at_or_null(data, "blocks")) report.watermark = binding_value(block);
}

void add_active(C2paReport& report, const Json& active) {
  const Json& signature = at_or_null(active, "signature_info");
  report.signer = joined(text_at(signature, "common_name"), ", ", text_at(signature, "issuer"));
  report.time = text_at(signature, "time");
  for (const Json& generator : at_or_null(active, "claim_generator_info")) {
    report.generator = joined(text_at(generator, "name"), " ", text_at(generator, "version"));
    break;
  }
  for (const Json& assertion : at_or_null(active, "assertions")) add_assertion(report, assertion);
}

/// Adds C2PA's codes of what failed, but that a signer is unknown, of which `trusted` decides.
void add_codes(std::vector<std::string>& codes, const Json& failures) {
  for (const Json& failed : failures)
    if (const std::string code = text_at(failed, "code"); !code.empty() && code != kUntrusted)
      codes.push_back(code);
}

/// What each manifest says of its ingredients' manifests as they were found when it was made, and
/// what of them is otherwise now.
std::vector<C2paFailure> failed_ingredients(const Json& store) {
  std::vector<C2paFailure> all;
  const auto note = [&](C2paFailure failure) {
    if (!failure.codes.empty()) all.push_back(std::move(failure));
  };
  for (const Json& manifest : at_or_null(store, "manifests"))
    for (const Json& ingredient : at_or_null(manifest, "ingredients")) {
      C2paFailure failure{.manifest = text_at(ingredient, "active_manifest")};
      const Json& results = at_or_null(ingredient, "validation_results");
      add_codes(failure.codes, at_or_null(at_or_null(results, "activeManifest"), "failure"));
      if (results.is_null()) add_codes(failure.codes, at_or_null(ingredient, "validation_status"));
      note(failure);
    }
  const Json& results = at_or_null(store, "validation_results");
  for (const Json& delta : at_or_null(results, "ingredientDeltas")) {
    C2paFailure failure;
    add_codes(failure.codes, at_or_null(at_or_null(delta, "validationDeltas"), "failure"));
    note(failure);
  }
  return all;
}

/// What a store says, as the library prints it.
C2paReport report_of(const Json& store) {
  const Json& manifests = at_or_null(store, "manifests");
  const std::string state = text_at(store, "validation_state");
  C2paReport report{.state = state == "Trusted" ? C2paState::Valid
                             : state == "Valid" ? C2paState::Untrusted
                                                : C2paState::Tampered,
                    .earlier = std::max(0, static_cast<int>(manifests.size()) - 1)};
  report.failed_ingredients = failed_ingredients(store);
  add_active(report, at_or_null(manifests, text_at(store, "active_manifest")));
  const Json& checks = at_or_null(at_or_null(store, "validation_results"), "activeManifest");
  for (const Json& passed : at_or_null(checks, "success"))
    report.time_trusted |= text_at(passed, "code") == "timeStamp.trusted";
  if (report.state != C2paState::Tampered) return report;
  for (const Json& failed : at_or_null(store, "validation_status"))
    if (text_at(failed, "code") != kUntrusted)
      report.problem = joined(report.problem, ", ", text_at(failed, "code"));
  return report;
}

/// A file in memory that has a name while this lives.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("cameo", MFD_CLOEXEC)) {
    check(descriptor_ >= 0, "no memory for a file");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  fs::path name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  void write(const std::vector<unsigned char>& bytes) const {
    check(::write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "no memory for a file");
  }

 private:
  int descriptor_;
};

}  // namespace

std::string c2pa_format(const fs::path& file) {
  ImageFormat format = format_of_file(file);
  if (format == ImageFormat::None) format = format_of_name(file);
  switch (format) {
    case ImageFormat::Jpeg:
      return "image/jpeg";
    case ImageFormat::Png:
      return "image/png";
    case ImageFormat::Tiff:
      return "image/tiff";
    case ImageFormat::Webp:
      return "image/webp";
    case ImageFormat::None:
    case ImageFormat::Heif:
      break;
    case ImageFormat::Bmp:
    case ImageFormat::Jpeg2000:
    case ImageFormat::Pnm:
      return {};
  }
  constexpr std::array<std::string_view, 7> kSuffixes{".avif", ".heic", ".heif", ".mp4",
                                                      ".m4v",  ".mov",  ".avi"};
  const std::string suffix = lower_suffix(file);
  const bool known = std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
  return known ? suffix.substr(1) : std::string();
}

std::unique_ptr<C2pa> C2pa::find() {
  try {
    return std::make_unique<C2pa>(kC2paLibrary);
  } catch (const Error&) {  // nobody asked for it
    return nullptr;
  }
}

void C2pa::embed(const fs::path& file, const C2paClaim& claim, const PemSigner& signer,
                 const std::string& timestamp) const {
  const std::string format = c2pa_format(file);
  check(!format.empty(), ErrorCode::Input, file.string(),
        ": its format has no place for a C2PA manifest");
  const fs::path unfinished = temporary_beside(file);
  try {
    library_.sign({file, format}, unfinished, manifest_of(claim), signer, timestamp);
    rename_into_place(unfinished, file);
  } catch (const Error& e) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    fail(ErrorCode::Input, file.string(), ": is left without a C2PA manifest: ", e.what());
  }
}

void C2pa::check_signer(const PemSigner& signer, const std::string& timestamp) const {
  const MemoryFile picture, with_manifest;
  picture.write(encode_image("picture.png", cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(0))));
  check(!signer.algorithm.empty(), ErrorCode::Usage,
        "C2PA: such a key signs no manifests; it must be an elliptic curve's (P-256, P-384, "
        "P-521), Ed25519 or RSA");
  try {
    library_.sign({picture.name(), "image/png"}, with_manifest.name(), manifest_of({}), signer,
                  timestamp);
  } catch (const Error& e) {
    fail(ErrorCode::Usage, "C2PA: manifests cannot be signed like this: ", e.what());
  }
}

C2paReport C2pa::read(const fs::path& file, const TrustedCertificates& trusted) const {
  const std::string format = c2pa_format(file);
  if (format.empty()) return {};
  const std::string settings =
      settings_with(trusted.pem()).dump(-1, ' ', false, Json::error_handler_t::replace);
  try {
    return report_of(Json::parse(library_.read({file, format}, settings)));
  } catch (const Error& e) {
    const std::string_view words = e.what();
    if (words.starts_with("ManifestNotFound") || words.starts_with("NotSupported")) return {};
    fail(ErrorCode::Input, file.string(), ": its C2PA manifest cannot be read: ", words);
  } catch (const Json::exception& e) {
    fail(ErrorCode::Input, file.string(), ": libc2pa_c does not answer in JSON: ", e.what());
  }
}

C2paReport check_manifest(const C2pa* c2pa, const fs::path& file, bool present,
                          const TrustedCertificates& trusted) {
  if (c2pa == nullptr) return {.state = present ? C2paState::Unread : C2paState::None};
  try {
    C2paReport report = c2pa->read(file, trusted);
    if (!present || report.state != C2paState::None) return report;
    return {.state = C2paState::Tampered, .problem = "its C2PA manifest is damaged"};
  } catch (const Error& e) {  // without a manifest there is nothing that may be wrong with it
    if (!present) return {};
    return {.state = C2paState::Tampered, .problem = e.what()};
  }
}

}  // namespace cameo
