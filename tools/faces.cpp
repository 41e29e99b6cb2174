// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "pipeline/face/people.h"
#include "pipeline/face/track.h"
#include "pipeline/measure/people_sheet.h"
#include "pipeline/media/image.h"
#include "tools/cli/flags.h"
#include "tools/cli/text.h"
#include "tools/commands.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

enum class Action { List, Cluster, Sheet, Prune };

struct FacesOptions {
  Action action = Action::List;
  fs::path file, input, output;
  double threshold = kPersonDistance;
  std::vector<std::string> tracks, people, frames;
  bool keep = false;
  int columns = 6;
};

Json as_json(const FacesFile& file) {
  Json all{{"source", file.source},
           {"frames", file.frames.size()},
           {"tracks", Json::array()},
           {"pruned", Json::array()},
           {"dropouts", Json::array()}};
  for (const Track& track : file.tracks) {
    Json one{{"id", track.id},         {"first", track.first}, {"last", track.last},
             {"frames", track.frames}, {"kept", track.kept},   {"wanted", word_of(track)}};
    one["person"] = track.person >= 0 ? Json(track.person) : Json(nullptr);
    one["distance"] = track.distance ? Json(*track.distance) : Json(nullptr);
    all["tracks"].push_back(one);
  }
  for (const PrunedFrames& one : pruned_frames(file))
    all["pruned"].push_back(
        {{"first", one.frames.first}, {"last", one.frames.last}, {"track", one.track}});
  for (const Dropout& one : dropouts(file))
    all["dropouts"].push_back({{"frame", one.index}, {"track", one.track}});
  return all;
}

void show(const FacesFile& file) {
  std::cout << file.tracks.size() << " tracks in " << file.frames.size() << " frames of "
            << file.source << '\n';
  for (const Track& track : file.tracks)
    std::cout << "frames " << track.first << " to " << track.last << " (" << track.frames
              << "): " << label_of(track) << '\n';
  for (const PrunedFrames& one : pruned_frames(file)) {
    std::cout << "frames " << one.frames.first << " to " << one.frames.last << ": pruned";
    if (one.track >= 0) std::cout << " of track " << one.track;
    std::cout << '\n';
  }
  const auto missing = dropouts(file);
  if (!missing.empty())
    std::cout << missing.size() << " frames without a face of a track that was there, the first "
              << missing.front().index << '\n';
}

std::set<int> numbers_of(const std::vector<std::string>& items, const char* option) {
  std::set<int> numbers;
  for (const std::string& item : items) {
    const bool digits = !item.empty() && item.size() <= 9 &&
                        item.find_first_not_of("0123456789") == std::string::npos;
    check(digits, ErrorCode::Usage, "faces: ", option, " takes numbers, got '", item, "'");
    numbers.insert(std::stoi(item));
  }
  return numbers;
}

FaceChoice choice_of(const FacesOptions& options) {
  return {.tracks = numbers_of(options.tracks, "--tracks"),
          .people = numbers_of(options.people, "--people"),
          .frames = parse_ranges(options.frames)};
}

/// The actions, first the one that goes without saying.
std::vector<std::pair<std::string, Action>> action_words() {
  return {{"list", Action::List},
          {"cluster", Action::Cluster},
          {"sheet", Action::Sheet},
          {"prune", Action::Prune}};
}

void add_flags(Flags& flags, FacesOptions& options) {
  flags.choose("action", options.action, action_words(),
               "What to do: list tracks and people, cluster tracks into people, draw a sheet of "
               "them, or prune faces that are not to be used");
  flags.add("file", &options.file, "Faces file, as extraction leaves it");
  flags
      .add("-l,--threshold", &options.threshold,
           "Largest mean distance between the tracks of one person, to cluster by")
      .range(0, 2);
  flags.add("-i,--input", &options.input,
            "Video that a sheet's faces are cut out of; default: the one that the file names");
  flags.add("-o,--output", &options.output, "Output image of a sheet");
  flags.add("--columns", &options.columns, "Number of faces of a track on a sheet").range(1, 50);
  flags.add("--tracks", &options.tracks, "Tracks to prune, by their numbers");
  flags.add("--people", &options.people, "People to prune, by the numbers that clustering gave");
  flags.add("-R,--ranges", &options.frames,
            "Ranges of frames to prune faces in, such as 10-50, or with --keep to bring them back "
            "in; of all tracks unless some are named");
  flags.add("--keep", &options.keep,
            "Undo pruning: bring the named tracks and people back, or what was pruned in --ranges");
}

void act(const FacesOptions& options, FacesFile& file, Log& log) {
  if (options.action == Action::Cluster) {
    const int people = cluster_people(file, options.threshold);
    log.info(std::to_string(people) + " people in " + std::to_string(file.tracks.size()) +
             " tracks");
    write_faces(options.file, file);
  } else if (options.action == Action::Prune) {
    const auto changed = prune_faces(file, choice_of(options), options.keep);
    log.info(std::to_string(changed) + " faces are " + (options.keep ? "kept" : "rejected") +
             " now");
    write_faces(options.file, file);
  } else if (options.action == Action::Sheet) {
    const fs::path input = options.input.empty() ? fs::path(file.source) : options.input;
    write_image(options.output, people_sheet(file, input, options.columns));
  }
}

/// The arguments with the action that goes without saying.
std::vector<std::string> with_action(Args args) {
  std::vector<std::string> all(args.begin(), args.end());
  const std::vector<std::pair<std::string, Action>> words = action_words();
  const bool named = std::any_of(words.begin(), words.end(), [&](const auto& word) {
    return std::find(all.begin(), all.end(), word.first) != all.end();
  });
  if (!named) all.insert(all.begin(), words.front().first);
  return all;
}

}  // namespace

int faces_command(Args args) {
  FacesOptions options;
  Flags flags("faces", "Lists, clusters, shows and prunes the people of a faces file.");
  add_flags(flags, options);
  flags.needs(options.file);
  flags.makes(options.output);
  flags.also([&] {
    check(!options.file.empty(), ErrorCode::Usage, "faces: no faces file is named");
    const bool sheet = options.action == Action::Sheet;
    check(sheet == !options.output.empty(), ErrorCode::Usage,
          sheet ? "faces sheet: needs --output IMAGE" : "faces: --output is for a sheet");
    check(!sheet || is_image(options.output), ErrorCode::Usage, options.output.string(),
          ": no image format goes by this suffix");
    choice_of(options);
  });
  return flags.run(with_action(args), [&](Log& log) {
    FacesFile file = read_faces(options.file);
    check(options.action == Action::List || file.complete, ErrorCode::Input, options.file.string(),
          ": its extraction was stopped; run it again to its end");
    act(options, file, log);
    if (flags.common().json)
      std::cout << json_text(as_json(file)) << '\n';
    else
      show(file);
    return Exit::Ok;
  });
}

}  // namespace cameo
