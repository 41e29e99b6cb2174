// SPDX-License-Identifier: MIT
#pragma once
// Choice and setup of an encoder.
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pipeline/media/libav.h"
#include "pipeline/media/video_writer.h"

namespace cameo::libav {

/// The encoder that the options ask for and the container takes. Throws Error (ErrorCode::Usage)
/// naming those that are there.
const AVCodec& choose_encoder(const AVOutputFormat& container, const VideoWriterOptions& options,
                              const std::filesystem::path& file);

/// Whether VideoWriterOptions::preset means something to an encoder.
bool has_presets(const AVCodec& codec);

/// What the images to encode are like.
struct EncodeShape {
  cv::Size size;  ///< of the frames as given
  AVPixelFormat source = AV_PIX_FMT_YUV420P;
};

/// An encoder that has started: frames in, packets out, in the options' time base.
class Encoder {
 public:
  Encoder(const AVCodec& codec, const AVOutputFormat& container, const EncodeShape& shape,
          const VideoWriterOptions& options, const std::filesystem::path& file);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  const AVCodecContext& context() const { return *context_; }
  /// Codec parameters of the stream as far as they are known before a packet: libaom's header comes
  /// with the first.
  CodecParameters parameters() const;
  /// All of them, of an encoder that is to encode nothing else: one of AV1 encodes a black frame.
  CodecParameters parameters_alone();
  /// How swscale has to convert BGR to what the encoder takes; sizes grown to even included.
  Conversion conversion(AVPixelFormat bgr) const;

  /// The order of fields in which frames are encoded: the source's, if this encoder has fields.
  FieldOrder field_order() const { return field_order_; }

  /// Encodes a frame, or with null the rest, and passes each packet on.
  void send(const AVFrame* frame, const std::function<void(AVPacket&)>& packet);

 private:
  enum class Stage { Started, Encoding, Ended };
  void encode_black(const std::function<void(AVPacket&)>& packet);

  std::filesystem::path file_;
  Stage stage_ = Stage::Started;
  CodecContext context_;
  AvPacket packet_{av_packet_alloc()};
  int matrix_;
  FieldOrder field_order_ = FieldOrder::Unknown;
};

/// Whether the container is AVI, which has frames at one rate, in the order of showing.
bool is_avi(const AVOutputFormat& container);

}  // namespace cameo::libav
