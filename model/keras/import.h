// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "model/keras/file.h"
#include "model/keras/match.h"

namespace cameo {

/// The files that hold the three parts; the same file may stand more than once.
struct KerasSources {
  std::filesystem::path encoder, decoder_a, decoder_b;
};

/// A folder's files encoder, decoder_A and decoder_B (.h5, .hdf5, .weights.h5 or .keras), or one
/// file for all three. Parts that `known` names already are not looked for.
/// Throws Error (ErrorCode::Input) naming what is missing, or there twice.
KerasSources find_keras(const std::filesystem::path& from, const KerasSources& known = {});

/// How weights are taken over.
struct KerasImportOptions {
  Guard guard = Guard::Child;  ///< of opening the files
  bool swap_decoders = false;
  bool flip = false;  ///< turn the kernels of files that Keras wrote with Theano by 180 degrees
};

/// Keras files opened, and how their arrays become a model. Nothing is written before save().
class KerasImport {
 public:
  /// Opens the files, finds their parts and follows the shapes. A file named for one part may hold
  /// others too. Throws Error (ErrorCode::Format) if a file cannot be read, does not hold the part,
  /// or holds another encoder than the one taken; ErrorCode::Usage if options.flip does not suit.
  KerasImport(const KerasSources& sources, const KerasImportOptions& options);

  /// The table, and the problem if it does not fit.
  const KerasMatch& match() const { return match_; }
  const std::vector<KerasFile>& files() const { return files_; }
  /// The file of a row's part.
  const KerasFile& file_of(const KerasRow& row) const;
  /// Whether a row's kernel is flipped.
  bool flipped(const KerasRow& row) const;

  /// Writes the model of weights only. Throws Error: ErrorCode::Format if something does not fit or
  /// a weight is not finite; nothing is written then.
  void save(const std::filesystem::path& file) const;

 private:
  struct Chosen {
    std::size_t file = 0;
    KerasPart part;
  };

  std::size_t open(const std::filesystem::path& file);
  Chosen choose(std::size_t file, KerasPart::Kind kind, std::size_t index) const;
  void check_flip() const;
  void check_same_encoder(std::size_t file) const;

  KerasImportOptions options_;
  std::vector<KerasFile> files_;
  std::vector<std::vector<KerasPart>> parts_;  ///< of each file
  std::array<Chosen, 3> chosen_;               ///< encoder, decoder A, decoder B
  KerasMatch match_;
};

}  // namespace cameo
