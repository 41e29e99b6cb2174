// SPDX-License-Identifier: MIT
#include "tools/sign_flags.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "pipeline/mark/own_signer.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/sign_output.h"
#include "pipeline/mark/time_stamp.h"
#include "pipeline/media/image_format.h"
#include "pipeline/media/sink.h"
#include "tools/cli/interrupt.h"
#include "tools/origin_json.h"

namespace cameo {

namespace fs = std::filesystem;

namespace {

/// "a.png, b.png, c.png, ...".
std::string first_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i)
    text += (i > 0 ? ", " : "") + names[i];
  return text + (names.size() > kMost ? ", ..." : "");
}

}  // namespace

std::unique_ptr<C2pa> open_c2pa(const std::string& library) {
  return library.empty() ? C2pa::find() : std::make_unique<C2pa>(library);
}

fs::path own_signer_folder() {
  const auto folder = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  if (const fs::path data = folder("XDG_DATA_HOME"); !data.empty()) return data / "cameo";
  const fs::path home = folder("HOME");
  // A key must not end up wherever the command was started.
  check(home.is_absolute(), ErrorCode::Usage,
        "neither XDG_DATA_HOME nor HOME says where a self-made signer is kept; give --sign and "
        "--certificate");
  return home / ".local" / "share" / "cameo";
}

void SignFlags::add_to(Flags& flags) {
  flags.add("--sign", &key_,
            "PEM file of a private key that signs the output: OUTPUT.p7s, or FILE.p7s of each "
            "changed image in a folder, and a C2PA manifest in the file where libc2pa_c is found");
  flags.add("--certificate", &certificate_,
            "PEM file of the certificate of --sign, with those that signed it behind it");
  flags
      .add("--c2pa", &library_,
           "Library libc2pa_c that writes C2PA manifests, a file or a name for the loader; "
           "without --sign they are signed by a self-made certificate, which nobody trusts yet")
      .not_empty();
  flags
      .add("--timestamp", &timestamp_,
           "URL of a time-stamp authority (RFC 3161), which is asked over the network, for what "
           "--sign and --c2pa make; http:// with --sign")
      .not_empty();
}

void SignFlags::check() const {
  cameo::check(key_.empty() == certificate_.empty(), ErrorCode::Usage,
               "convert: --sign and --certificate go together");
  if (!key_.empty()) check_signer(key_, certificate_);
  if (!library_.empty()) C2paLibrary{library_};
  cameo::check(timestamp_.empty() || !library_.empty() || !key_.empty(), ErrorCode::Usage,
               "convert: --timestamp is for signatures; give --sign or --c2pa");
  cameo::check(timestamp_.empty() || timestamp_.starts_with("http://") ||
                   (key_.empty() && timestamp_.starts_with("https://")),
               ErrorCode::Usage, "convert: --timestamp: ", timestamp_,
               " does not begin with http://",
               key_.empty() ? " or https://" : ", which signatures beside files need");
}

void SignFlags::note_input(const fs::path& input, Log& log) const {
  if (!fs::is_regular_file(input)) return;
  const C2paReport found = check_manifest(c2pa_.get(), input, declaration_of(input).c2pa);
  if (found.state == C2paState::None) return;
  std::string line = input.string() + ": its C2PA manifest (" + c2pa_word(found.state);
  for (const std::string& part : {found.signer, found.digital_source_type, found.problem})
    if (!part.empty()) line += ", " + part;
  line += ") is kept as that of an ingredient";
  if (found.state == C2paState::Tampered)
    log.warn(line);
  else
    log.info(line);
}

void SignFlags::note_folder(const fs::path& input, bool kept, Log& log) const {
  std::size_t intact = 0;
  std::vector<std::string> others;
  for (const fs::path& file : list_images(input)) {
    if (interrupted() != 0) return;
    const C2paState state = check_manifest(c2pa_.get(), file, declaration_of(file).c2pa).state;
    if (state == C2paState::Tampered)
      others.push_back(file.filename().string());
    else if (state != C2paState::None)
      ++intact;
  }
  const std::string begin = input.string() + ": ";
  const std::string end = kept ? " kept as those of ingredients" : " not kept in a video";
  if (!others.empty())
    log.warn(begin + "C2PA manifests that do not fit their images, or are damaged: " +
             std::to_string(others.size()) + " (" + first_of(others) + "); they are" + end);
  if (intact > 0) log.info(begin + std::to_string(intact) + " intact C2PA manifests are" + end);
}

void SignFlags::check_authority(const PemSigner& signer) const try {
  c2pa_->check_signer(signer, timestamp_);
} catch (const Error& e) {
  fail(ErrorCode::Input, "--timestamp ", timestamp_, ": gives no time stamp: ", e.what());
}

void SignFlags::prepare(const fs::path& output, const fs::path& input, Log& log) {
  const bool asked = !library_.empty();
  if (!asked && key_.empty()) return;
  // Of a signature beside files the authority is asked once for a trial.
  if (!key_.empty() && !timestamp_.empty()) request_time_stamp(timestamp_, {});
  c2pa_ = open_c2pa(library_);
  if (c2pa_ == nullptr) return;
  const bool file = is_video_name(output) || format_of_name(output) != ImageFormat::None;
  if (file && c2pa_format(output).empty()) {
    if (asked)
      log.warn(output.string() +
               ": its format has no place for a C2PA manifest; the other marks are made");
    c2pa_.reset();
    return;
  }
  if (key_.empty()) {
    const OwnSigner own = own_signer(own_signer_folder());
    own_ = own.signer;
    if (own.made)
      log.info("made a key with a certificate to sign with: " + own.signer.string() +
               "; whoever is to trust it needs " + own.certificate.string());
  }
  try {
    const PemSigner signer = key_.empty() ? pem_signer(own_, own_) : pem_signer(key_, certificate_);
    c2pa_->check_signer(signer);
    if (!timestamp_.empty()) check_authority(signer);
  } catch (const Error& e) {
    if (asked) throw;
    log.warn(std::string("no C2PA manifest is written: ") + e.what());
    c2pa_.reset();
  }
  if (c2pa_ == nullptr) return;
  if (fs::is_directory(input))
    note_folder(input, !is_video_name(output), log);
  else
    note_input(input, log);
}

bool SignFlags::sign(const fs::path& output, const fs::path& input, Log& log) const {
  if (key_.empty() && c2pa_ == nullptr) return true;
  const bool own = key_.empty();
  const std::vector<std::string> problems = sign_output(output, input,
                                                        {.c2pa = c2pa_.get(),
                                                         .key = own ? own_ : key_,
                                                         .certificate = own ? own_ : certificate_,
                                                         .timestamp = timestamp_,
                                                         .detached = !own});
  for (const std::string& line : problems) log.warn(line);
  return problems.empty();
}

}  // namespace cameo
