// SPDX-License-Identifier: MIT
#pragma once
// An output file: encoded images with what is copied of their source.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/media/libav.h"
#include "pipeline/media/video_streams.h"
#include "pipeline/media/video_writer.h"

namespace cameo::libav {

/// What the images' stream is like.
struct ImageStream {
  const AVCodecParameters* parameters = nullptr;
  AVRational ticks{1, 25};
  AVRational rate{25, 1};
  const AVFrame* first = nullptr;  ///< whose light levels are told, if the source does not; or null
};

/// Whether a container of this name writes its metadata at the end.
bool takes_late_tags(const std::filesystem::path& file);

/// Muxer of one file under an unfinished name.
class VideoMuxer {
 public:
  /// temporary: the name while it is written. Throws Error (ErrorCode::Usage) as VideoWriter does.
  /// with_images: the source's images are copied.
  VideoMuxer(std::filesystem::path file, std::filesystem::path temporary,
             const VideoWriterOptions& options, bool with_images = false);
  ~VideoMuxer();
  VideoMuxer(const VideoMuxer&) = delete;
  VideoMuxer& operator=(const VideoMuxer&) = delete;

  const AVOutputFormat& container() const { return *output_->oformat; }
  bool started() const { return started_; }

  /// Writes the header. images: null if they are copied.
  void start(const ImageStream* images, const KeptTime& kept);
  /// Writes an image, stamps in ImageStream::ticks.
  void write(AVPacket& packet);
  /// Writes what the source has beside the images, see StreamCopy.
  void copy_until(std::int64_t until, const KeptTime& kept, AVRational ticks);
  void copy_rest(std::optional<std::int64_t> until, const KeptTime& kept, AVRational ticks);
  /// Sets metadata, see VideoWriterOptions::tags: before start(), or finish() if takes_late_tags.
  void set_tags(const std::vector<std::pair<std::string, std::string>>& tags);
  /// Completes the file, calls `mark` with its unfinished name and gives it its own.
  void finish(const KeptTime& kept, AVRational ticks,
              const std::function<void(const std::filesystem::path&)>& mark = {});
  /// Image packets copied that are shown.
  std::int64_t images_copied() const { return copy_ ? copy_->images_copied() : 0; }

 private:
  AVStream* add_images(const ImageStream& images);
  void apply_tags();
  void ok(int code, const char* what) const;
  void written(int code) const;

  std::filesystem::path file_;
  std::filesystem::path temporary_;
  Output output_;
  std::unique_ptr<StreamCopy> copy_;
  AVStream* images_ = nullptr;
  AVRational ticks_{1, 25};
  std::vector<std::pair<std::string, std::string>> tags_;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace cameo::libav
