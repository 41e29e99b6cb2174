// SPDX-License-Identifier: MIT
#include "model/keras/import.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "model/file/model_file.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kParts{"encoder", "decoder_A", "decoder_B"};
constexpr std::array<const char*, 3> kOptions{"--encoder", "--decoder-a", "--decoder-b"};
constexpr std::array<const char*, 4> kEndings{".h5", ".hdf5", ".weights.h5", ".keras"};

/// The folder's file for a part: decoder_A.h5, decoder_a.weights.h5, ...; empty if there is none.
fs::path part_in(const fs::path& folder, const std::string& part) {
  std::string small = part;
  small.back() = static_cast<char>(std::tolower(static_cast<unsigned char>(small.back())));
  std::vector<fs::path> found;
  for (const char* ending : kEndings) {
    if (fs::exists(folder / (part + ending))) found.push_back(folder / (part + ending));
    if (small != part && fs::exists(folder / (small + ending)))
      found.push_back(folder / (small + ending));
  }
  check(found.size() < 2, ErrorCode::Input, folder.string(), ": holds ",
        found.empty() ? fs::path() : found.front().filename(), " and ",
        found.empty() ? fs::path() : found.back().filename(), "; name the one you mean");
  return found.empty() ? fs::path() : found[0];
}

/// Whether two parts hold the same weights.
bool same(const KerasFile& a, const KerasPart& in_a, const KerasFile& b, const KerasPart& in_b) {
  const auto equal = [&](const KerasArray& x, const KerasArray& y) {
    return x.shape == y.shape && a.read(x) == b.read(y);
  };
  return std::equal(in_a.layers.begin(), in_a.layers.end(), in_b.layers.begin(), in_b.layers.end(),
                    [&](const KerasLayer& x, const KerasLayer& y) {
                      return equal(x.kernel, y.kernel) && equal(x.bias, y.bias);
                    });
}

/// "an encoder of 7 layers and a decoder of 4 layers".
std::string holdings(const std::vector<KerasPart>& parts) {
  std::string text;
  for (const KerasPart& part : parts)
    text += (text.empty() ? "" : " and ") + std::string(name_of(part.kind)) + " of " +
            std::to_string(part.layers.size()) + " layers";
  return text;
}

}  // namespace

KerasSources find_keras(const fs::path& from, const KerasSources& known) {
  KerasSources all = known;
  const std::array<fs::path*, 3> places{&all.encoder, &all.decoder_a, &all.decoder_b};
  std::string missing, there;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]->empty()) continue;
    if (!from.empty()) *places[i] = fs::is_directory(from) ? part_in(from, kParts[i]) : from;
    std::string& list = places[i]->empty() ? missing : there;
    list += (list.empty() ? "" : ", ") +
            (places[i]->empty() ? std::string(kParts[i]) : places[i]->filename().string());
  }
  check(missing.empty(), ErrorCode::Input, from.empty() ? "import" : from.string(),
        ": no file for ", missing, there.empty() ? "" : " beside " + there,
        "; a model needs encoder, decoder_A and decoder_B (.h5, .hdf5, .weights.h5 or .keras), or "
        "name them with --encoder, --decoder-a, --decoder-b");
  return all;
}

KerasImport::KerasImport(const KerasSources& sources, const KerasImportOptions& options)
    : options_(options) {
  using Kind = KerasPart::Kind;
  const std::size_t encoder = open(sources.encoder), a = open(sources.decoder_a),
                    b = open(sources.decoder_b);
  chosen_ = {choose(encoder, Kind::Encoder, 0), choose(a, Kind::Decoder, 1),
             choose(b, Kind::Decoder, 2)};
  const bool twice = a == b && chosen_[1].part.layers[0].kernel.dataset ==
                                   chosen_[2].part.layers[0].kernel.dataset;
  check(!twice, ErrorCode::Format, sources.decoder_a.string(),
        ": holds one decoder, and a model needs two; name the other's file with --decoder-a or "
        "--decoder-b");
  if (options.swap_decoders) std::swap(chosen_[1], chosen_[2]);
  check_flip();
  for (const std::size_t file : {a, b})
    if (file != encoder) check_same_encoder(file);
  match_ = cameo::match(chosen_[0].part, chosen_[1].part, chosen_[2].part);
}

std::size_t KerasImport::open(const fs::path& file) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    std::error_code ignored;
    if (files_[i].path() == file || fs::equivalent(files_[i].path(), file, ignored)) return i;
  }
  files_.emplace_back(file, options_.guard);
  const KerasFile& opened = files_.back();
  parts_.push_back(parts_of(file.string(), opened.layout(), opened.arrays()));
  return files_.size() - 1;
}

KerasImport::Chosen KerasImport::choose(std::size_t file, KerasPart::Kind kind,
                                        std::size_t index) const {
  const std::vector<KerasPart>& parts = parts_[file];
  std::vector<const KerasPart*> fitting;
  for (const KerasPart& part : parts)
    if (part.kind == kind) fitting.push_back(&part);
  const std::size_t most = kind == KerasPart::Kind::Encoder ? 1 : 2;
  check(!fitting.empty() && fitting.size() <= most, ErrorCode::Format, files_[file].path().string(),
        ": holds ", holdings(parts), " where ", name_of(kind), " is wanted (",
        kind == KerasPart::Kind::Encoder ? "its last three layers dense, dense, convolution"
                                         : "4 convolutions, the last to 3 channels",
        "); name the right file with ", kOptions[index]);
  // Of two decoders in a file the first is A's.
  return {file, *fitting[index == 2 ? fitting.size() - 1 : 0]};
}

void KerasImport::check_flip() const {
  for (const Chosen& chosen : chosen_) {
    const KerasFile& file = files_[chosen.file];
    check(options_.flip || file.backend() != "theano", ErrorCode::Format, file.path().string(),
          ": written by Keras with Theano, which turns convolution kernels by 180 degrees; --flip "
          "turns them back");
    check(!options_.flip || file.backend() == "theano" || file.backend().empty(), ErrorCode::Usage,
          file.path().string(), ": written by ", file.writer(),
          ", whose kernels need no turning; leave out --flip");
  }
}

void KerasImport::check_same_encoder(std::size_t file) const {
  for (const KerasPart& part : parts_[file]) {
    if (part.kind != KerasPart::Kind::Encoder) continue;
    const KerasFile& taken = files_[chosen_[0].file];
    check(same(taken, chosen_[0].part, files_[file], part), ErrorCode::Format,
          files_[file].path().string(), ": its decoder belongs to another encoder than that of ",
          taken.path().string(), "; take files that were saved together");
  }
}

const KerasFile& KerasImport::file_of(const KerasRow& row) const {
  return files_[chosen_[static_cast<std::size_t>(row.part)].file];
}

bool KerasImport::flipped(const KerasRow& row) const {
  return options_.flip && row.array.shape.size() == 4;
}

void KerasImport::save(const fs::path& file) const {
  check(match_.problem.empty(), ErrorCode::Format, match_.problem);
  Exec exec = Cpu();
  ParamStore params(exec);
  match_.preset.network.declare(params);  // for the shapes; the rows are in the same order
  ModelTensors tensors;
  for (std::size_t i = 0; i < match_.rows.size(); ++i) {
    const KerasRow& row = match_.rows[i];
    const Param& param = params.table()[i];
    std::vector<float> weights = file_of(row).read(row.array);
    const auto bad =
        std::find_if_not(weights.begin(), weights.end(), [](float w) { return std::isfinite(w); });
    check(bad == weights.end(), ErrorCode::Format, file_of(row).path().string(), ": ",
          row.array.dataset, " holds a number that is not finite, at place ", bad - weights.begin(),
          "; these weights render nothing");
    if (row.array.shape.size() > 1) weights = from_keras(weights, param.shape, flipped(row));
    tensors.own(param.name, param.shape, std::move(weights));
  }
  write_safetensors(file, tensors.list(),
                    network_metadata(match_.preset.name, match_.preset.network));
}

}  // namespace cameo
