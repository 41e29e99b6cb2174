// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/first_exception.h"
#include "pipeline/media/sink.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/origin_json.h"
#include "tools/sign_flags.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct VerifyOptions {
  std::vector<fs::path> files;
  TrustedCertificates trusted;
  std::string library;
  std::unique_ptr<C2pa> c2pa;
};

/// What a check of a file came to.
enum class Verdict { Found, NotFound, Untrusted, Tampered, Unreadable };

std::string word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::Found:
      return "marked";
    case Verdict::NotFound:
      return "not marked";
    case Verdict::Untrusted:
      return "untrusted";
    case Verdict::Tampered:
      return "tampered";
    case Verdict::Unreadable:
      break;
  }
  return "unreadable";
}

struct Checked {
  fs::path file;
  Verdict verdict = Verdict::Unreadable;
  Origin origin;
  std::string problem;
};

/// Images and videos of a folder in natural order of their names.
std::vector<fs::path> media_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& file = entry.path();
    const bool hidden = file.filename().string().starts_with(".");
    const bool media = format_of_name(file) != ImageFormat::None || is_video_name(file);
    if (!hidden && media && !entry.is_directory(error)) found.push_back(file);
  }
  check(!error, ErrorCode::Input, folder.string(), ": cannot be listed: ", error.message());
  check(!found.empty(), ErrorCode::Input, folder.string(), ": no images and videos in there");
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return found;
}

std::string joined(const std::vector<std::string>& words, const std::string& mark) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : mark) + word;
  return text;
}

/// Puts a text behind others.
void add(std::string& problem, const std::string& text) {
  problem += (problem.empty() || text.empty() ? "" : "; ") + text;
}

/// Whatever a file says of itself, a watermark says it, too.
Verdict verdict_on(const Origin& origin) {
  if (origin.contradicts()) return Verdict::Tampered;
  const bool marked = origin.synthetic() || origin.watermark.result.found;
  return marked ? Verdict::Found : Verdict::NotFound;
}

/// What metadata and pixels say of each other that does not go together; empty: nothing.
std::string disagreement(const Origin& origin) {
  const std::string& declared = origin.declaration.watermark;
  const std::string found = watermark_word(origin.watermark);
  if (origin.contradicts())
    return "its metadata names watermark " + (declared.empty() ? origin.c2pa.watermark : declared) +
           ", its pixels bear " + found + ": the metadata is of another picture";
  if (origin.lost())
    return "its metadata names watermark " + declared + ", which its pixels do not show (" + found +
           "): compressed or edited since";
  if (origin.watermark.result.found && !origin.synthetic())
    return "its pixels bear a watermark (" + found + "), its metadata says nothing of it";
  return {};
}

/// What an intact manifest says that the other metadata does not; empty: nothing.
std::string manifest_disagreement(const Origin& origin) {
  const Declaration& said = origin.declaration;
  const C2paReport& c2pa = origin.c2pa;
  if (!c2pa.intact()) return {};
  std::string line;
  if (!c2pa.watermark.empty() && c2pa.watermark != said.watermark)
    add(line, "its C2PA manifest names watermark " + c2pa.watermark + ", its other metadata " +
                  (said.watermark.empty() ? "none" : said.watermark));
  if (is_synthetic_type(c2pa.digital_source_type) != said.synthetic() &&
      !c2pa.digital_source_type.empty())
    add(line, "its C2PA manifest says " + c2pa.digital_source_type + ", its other metadata " +
                  (said.digital_source_type.empty() ? "nothing" : said.digital_source_type));
  return line;
}

/// Checks signature and manifest; whatever else is wrong with the file, what they say of it is.
/// Returns nothing if they leave the verdict to the other marks.
std::optional<Verdict> verdict_of_signers(Checked& checked, const VerifyOptions& options) {
  Origin& origin = checked.origin;
  add(checked.problem, origin.signature.problem);
  origin.c2pa =
      check_manifest(options.c2pa.get(), checked.file, origin.declaration.c2pa, options.trusted);
  add(checked.problem, origin.c2pa.problem);
  for (const C2paFailure& ingredient : origin.c2pa.failed_ingredients)
    add(checked.problem,
        "the C2PA manifest of an ingredient failed validation: " + joined(ingredient.codes, ", "));
  const C2paState state = origin.c2pa.state;
  if (origin.signature.state == SignatureState::Tampered || state == C2paState::Tampered)
    return Verdict::Tampered;
  if (options.trusted.empty()) return {};
  const bool stranger =
      origin.signature.state == SignatureState::Valid && !origin.signature.trusted;
  if (state == C2paState::Untrusted)
    add(checked.problem, "its C2PA manifest is not of a trusted signer");
  else if (state == C2paState::Unread)
    add(checked.problem,
        "its C2PA manifest, whose signer --trusted asks for, cannot be checked without libc2pa_c "
        "(--c2pa LIBRARY)");
  else if (!stranger)
    return {};
  return Verdict::Untrusted;
}

Checked check_file(const fs::path& file, const VerifyOptions& options) {
  Checked checked{.file = file};
  Origin& origin = checked.origin;
  try {
    origin.signature = check_signature(file, options.trusted);
    // Whatever else is wrong with it, that is.
    if (origin.signature.state == SignatureState::Tampered) checked.verdict = Verdict::Tampered;
    origin.declaration = read_declaration(file);
    if (const auto verdict = verdict_of_signers(checked, options)) {
      checked.verdict = *verdict;
      return checked;
    }
    origin.watermark = find_watermark(file);
    checked.verdict = verdict_on(origin);
    add(checked.problem, disagreement(origin));
    add(checked.problem, manifest_disagreement(origin));
  } catch (const Error& e) {
    if (e.code() == ErrorCode::Usage) throw;
    add(checked.problem, e.what());
  }
  return checked;
}

/// Several files at once; whatever the threads, the results are in the files' order.
std::vector<Checked> check_files(const std::vector<fs::path>& files, const VerifyOptions& options) {
  std::vector<Checked> all(files.size());
  std::atomic<std::size_t> next = 0;
  FirstException failed;
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++)
      failed.run([&] { all[i] = check_file(files[i], options); });
  };
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(cores, files.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  failed.rethrow();
  return all;
}

Json json_of(const Checked& checked) {
  Json json{{"file", checked.file.string()}, {"verdict", word_for(checked.verdict)}};
  if (checked.verdict != Verdict::Unreadable) json.update(origin_json(checked.origin));
  if (!checked.problem.empty()) json["problem"] = checked.problem;
  return json;
}

/// "Cameo 0.6", "-" for nothing.
std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

/// Behind what was signed: ", 2026-11-28T02:04:38+00:00".
std::string time_word(const std::string& time, bool trusted) {
  return time.empty() ? "" : ", " + time + (trusted ? "" : " (of an untrusted authority)");
}

std::string signature_word(const Signature& signature) {
  if (signature.state == SignatureState::None) return "-";
  const std::string state = signature.state == SignatureState::Tampered ? "does not fit, "
                            : signature.trusted                         ? "trusted, "
                                                                        : "fits, ";
  return state + or_dash(signature.signer) + time_word(signature.time, signature.time_trusted);
}

std::string c2pa_cell(const C2paReport& found) {
  if (found.state == C2paState::None) return "-";
  std::string cell = c2pa_word(found.state);
  if (!found.signer.empty()) cell += ", " + found.signer;
  return cell + time_word(found.time, found.time_trusted);
}

std::string for_people(const std::vector<Checked>& all) {
  std::vector<std::vector<std::string>> rows{{"file", "verdict", "digital source type", "tool",
                                              "watermark", "score", "signature", "C2PA"}};
  std::string problems;
  for (const Checked& one : all) {
    const Declaration& found = one.origin.declaration;
    const FileWatermark& watermark = one.origin.watermark;
    const bool looked = watermark.frames > 0 && !watermark.too_small;
    const std::string& type = found.digital_source_type.empty()
                                  ? one.origin.c2pa.digital_source_type
                                  : found.digital_source_type;
    const std::string tool = found.tool.empty()
                                 ? found.creator_tool
                                 : found.tool + (found.version.empty() ? "" : " " + found.version);
    rows.push_back({one.file.string(), word_for(one.verdict),
                    or_dash(type.substr(type.rfind('/') + 1)), or_dash(tool),
                    looked || watermark.too_small ? watermark_word(watermark) : "-",
                    looked ? fixed(watermark.result.score, 1) : "-",
                    signature_word(one.origin.signature), c2pa_cell(one.origin.c2pa)});
    if (!one.problem.empty())
      problems += one.problem.find(one.file.string()) == std::string::npos
                      ? one.file.string() + ": " + one.problem + "\n"
                      : one.problem + "\n";
  }
  return table(rows) + problems;
}

Exit exit_of(const std::vector<Checked>& all) {
  const auto any = [&](Verdict verdict) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Checked& one) { return one.verdict == verdict; });
  };
  if (any(Verdict::NotFound) || any(Verdict::Untrusted) || any(Verdict::Tampered))
    return Exit::Unmarked;
  return any(Verdict::Unreadable) ? Exit::Input : Exit::Ok;
}

}  // namespace

int verify_command(Args args) {
  VerifyOptions options;
  fs::path trusted;
  Flags flags(
      "verify",
      "Checks whether images and videos of any origin say that they are synthetic: XMP, "
      "tags, C2PA manifests, the watermark in the pixels and the signature beside them. Ends "
      "with 0 if all do, 8 if one does not or what it says does not fit it, 3 if one cannot "
      "be read.");
  flags.add("files", &options.files, "Images, videos and folders of them").required();
  flags.add("--trusted", &trusted,
            "PEM file of certificates: signatures and C2PA manifests of others end with 8, and "
            "manifests that nothing here can check");
  flags
      .add("--c2pa", &options.library,
           "Library libc2pa_c that checks C2PA manifests, a file or a name for the loader; by "
           "default it is used where the loader finds it")
      .not_empty();
  flags.needs(trusted);
  return flags.run(args, [&](Log&) {
    options.c2pa = open_c2pa(options.library);
    if (!trusted.empty()) options.trusted = TrustedCertificates(trusted);
    std::vector<fs::path> files;
    for (const fs::path& given : options.files) {
      require_there(given);
      const std::vector<fs::path> some =
          fs::is_directory(given) ? media_in(given) : std::vector{given};
      files.insert(files.end(), some.begin(), some.end());
    }
    const std::vector<Checked> all = check_files(files, options);
    if (!flags.common().json) {
      std::cout << for_people(all);
      return exit_of(all);
    }
    Json json{{"files", Json::array()}};
    for (const Checked& one : all) json["files"].push_back(json_of(one));
    std::cout << json_text(json) << '\n';
    return exit_of(all);
  });
}

}  // namespace cameo
