// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/convert.h"

namespace cameo {

/// The faces of a conversion's input, frame by frame: those of a faces file, and those found in
/// frames that it does not tell of.
class ConvertFaces {
 public:
  /// Reads the faces file that the options name, the one beside the input or, if none is there, the
  /// one that extraction left in the folder of crops. Of an input of images it holds for those that
  /// are what they were. One that was named must fit the input: throws Error (ErrorCode::Input);
  /// another is passed over with a note if it does not.
  ConvertFaces(const ConvertOptions& options, const ConvertWatch& watch);

  /// The faces file; empty: none.
  const std::filesystem::path& file() const { return path_; }

  /// Searches the frames inside `inside` that are not known. Returns false if the watcher ended it.
  bool search(const SearchFaces& search, const FrameChoice& inside, const FrameSource& source);

  /// Removes what a search keeps for a run that goes on after a kill.
  void forget_search() const;

  /// Smooths the landmarks of a video over `radius` frames on each side.
  void smooth(int radius);

  /// The faces of a frame that a person, or everybody, has; none if nothing is known of it.
  std::span<const Face> of(const std::string& frame) const;

  /// Throws Error (ErrorCode::Usage) if clustering has given that number to nobody.
  void check_person(int person) const;

  /// Number that clustering gave to whose face it is; -1: none.
  int person_of(const Face& face) const;

  /// Why the frame could not be searched; empty: it was.
  std::string fault_of(const std::string& frame) const;

  /// Frames that were searched now.
  std::int64_t searched() const { return searched_; }

  /// What each stage of the search did; none if there was nothing to search.
  const std::vector<StageReport>& stages() const { return stages_; }

  /// Of the searched frames, those for which the filter of the faces file was missed.
  std::int64_t unfiltered() const { return filtered_ ? searched_ : 0; }

  /// Frames in which a kept face is missed.
  std::vector<Dropout> missed() const { return dropouts(faces_); }

 private:
  std::filesystem::path find_file() const;
  bool take(FacesFile faces);
  void index();
  std::filesystem::path journal_path() const;
  void open_journal(std::optional<FacesJournal>& journal);

  const ConvertOptions& options_;
  const ConvertWatch& watch_;
  std::filesystem::path path_;
  FacesFile faces_;
  std::map<std::string, std::size_t> at_;  // frames by name
  std::map<int, int> people_;              // by track
  std::map<std::string, std::string> faults_;
  std::int64_t searched_ = 0;
  std::vector<StageReport> stages_;
  bool filtered_ = false;  // by the faces file, taken or passed over
};

}  // namespace cameo
