// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iostream>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/sink.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"
#include "tools/declaration_json.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct VerifyOptions {
  std::vector<fs::path> files;
  fs::path trusted;
};

/// What a check of a file came to.
enum class Verdict { Found, NotFound, Tampered, Unreadable };

std::string word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::Found:
      return "marked";
    case Verdict::NotFound:
      return "not marked";
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
  Declaration declaration;
  Signature signature;
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

Checked check_file(const fs::path& file, const fs::path& trusted) {
  Checked checked{.file = file};
  try {
    checked.signature = check_signature(file, trusted);
    checked.problem = checked.signature.problem;
    // Whatever else is wrong with it, that is.
    if (checked.signature.state == SignatureState::Tampered) checked.verdict = Verdict::Tampered;
    checked.declaration = read_declaration(file);
    if (checked.verdict == Verdict::Tampered) return checked;
    checked.verdict = checked.declaration.synthetic() ? Verdict::Found : Verdict::NotFound;
  } catch (const Error& e) {
    if (e.code() == ErrorCode::Usage) throw;
    checked.problem += (checked.problem.empty() ? "" : "; ") + std::string(e.what());
  }
  return checked;
}

Json json_of(const Checked& checked) {
  Json json{{"file", checked.file.string()}, {"verdict", word_for(checked.verdict)}};
  if (checked.verdict != Verdict::Unreadable)
    json.update(declaration_json(checked.declaration, checked.signature));
  if (!checked.problem.empty()) json["problem"] = checked.problem;
  return json;
}

/// "Cameo 0.6", "-" for nothing.
std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string signature_word(const Signature& signature) {
  if (signature.state == SignatureState::None) return "-";
  const std::string state = signature.state == SignatureState::Tampered ? "does not fit, "
                            : signature.trusted                         ? "trusted, "
                                                                        : "fits, ";
  return state + or_dash(signature.signer);
}

std::string for_people(const std::vector<Checked>& all) {
  std::vector<std::vector<std::string>> rows{
      {"file", "verdict", "digital source type", "tool", "signature", "C2PA"}};
  std::string problems;
  for (const Checked& one : all) {
    const Declaration& found = one.declaration;
    const std::string& type = found.digital_source_type;
    const std::string tool = found.tool.empty()
                                 ? found.creator_tool
                                 : found.tool + (found.version.empty() ? "" : " " + found.version);
    rows.push_back({one.file.string(), word_for(one.verdict),
                    or_dash(type.substr(type.rfind('/') + 1)), or_dash(tool),
                    signature_word(one.signature), found.c2pa ? "present, not checked" : "-"});
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
  if (any(Verdict::NotFound) || any(Verdict::Tampered)) return Exit::Unmarked;
  return any(Verdict::Unreadable) ? Exit::Input : Exit::Ok;
}

}  // namespace

int verify_command(Args args) {
  VerifyOptions options;
  Flags flags("verify",
              "Checks whether images and videos of any origin say that they are synthetic: XMP, "
              "tags and the signature beside them. Ends with 0 if all do, 8 if one does not or its "
              "signature does not fit, 3 if one cannot be read.");
  flags.add("files", &options.files, "Images, videos and folders of them").required();
  flags.add("--trusted", &options.trusted,
            "PEM file of certificates: signatures of others do not fit");
  flags.needs(options.trusted);
  return flags.run(args, [&](Log&) {
    std::vector<Checked> all;
    for (const fs::path& given : options.files) {
      require_there(given);
      const std::vector<fs::path> files =
          fs::is_directory(given) ? media_in(given) : std::vector{given};
      for (const fs::path& file : files) all.push_back(check_file(file, options.trusted));
    }
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
