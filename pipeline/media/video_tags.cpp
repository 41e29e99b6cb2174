// SPDX-License-Identifier: MIT
#include "pipeline/media/video_tags.h"

#include <algorithm>
#include <cctype>

#include "pipeline/media/video_input.h"

namespace cameo {

std::map<std::string, std::string> video_tags(const std::filesystem::path& file) {
  const libav::VideoInput input(file);
  std::map<std::string, std::string> tags;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(input.format().metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) !=
         nullptr) {
    std::string key = entry->key;
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    tags[key] = entry->value;
  }
  return tags;
}

}  // namespace cameo
