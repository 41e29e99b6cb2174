// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string_view>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "pipeline/media/libav.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/video.h"
#include "pipeline/media/video_image.h"
#include "pipeline/media/video_input.h"
#include "pipeline/media/video_stamps.h"

namespace cameo {
namespace {

using namespace libav;

// libav's own VP8 and VP9 decoders leave out the alpha channel.
const AVCodec* decoder_for(const AVStream& stream) {
  const AVCodecID id = stream.codecpar->codec_id;
  const AVDictionaryEntry* alpha = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
  const bool has_alpha = alpha != nullptr && std::string_view(alpha->value) == "1";
  const char* name = id == AV_CODEC_ID_VP9 ? "libvpx-vp9" : "libvpx";
  const bool vpx = id == AV_CODEC_ID_VP9 || id == AV_CODEC_ID_VP8;
  const AVCodec* codec = has_alpha && vpx ? avcodec_find_decoder_by_name(name) : nullptr;
  return codec != nullptr ? codec : avcodec_find_decoder(id);
}

CodecContext open_decoder(const AVStream& stream, const std::filesystem::path& file) {
  const AVCodec* codec = decoder_for(stream);
  check(codec != nullptr, ErrorCode::Input, file.string(), ": no decoder for ",
        avcodec_get_name(stream.codecpar->codec_id));
  CodecContext decoder(avcodec_alloc_context3(codec));
  check(decoder != nullptr, ErrorCode::Device, file.string(), ": out of memory");
  avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  decoder->thread_count = 0;
  decoder->pkt_timebase = stream.time_base;
  const int code = avcodec_open2(decoder.get(), codec, nullptr);
  check(code >= 0, ErrorCode::Input, file.string(), ": the ", codec->name,
        " decoder does not start: ", words(code));
  return decoder;
}

std::vector<std::string> notes_of(const AVCodecParameters& par) {
  std::vector<std::string> notes;
  const bool top = par.field_order == AV_FIELD_TT || par.field_order == AV_FIELD_TB;
  if (par.field_order != AV_FIELD_UNKNOWN && par.field_order != AV_FIELD_PROGRESSIVE)
    notes.push_back(std::string("interlaced, ") + (top ? "top" : "bottom") +
                    " field first; its frames are treated as progressive, deinterlace it before "
                    "for clean faces in motion");
  const int transfer = known_value(par.color_trc, AVCOL_TRC_NB, AVCOL_TRC_UNSPECIFIED);
  const bool pq = transfer == AVCOL_TRC_SMPTE2084;
  if (pq || transfer == AVCOL_TRC_ARIB_STD_B67)
    notes.push_back(std::string("high dynamic range (") + (pq ? "PQ" : "HLG") +
                    "); kept as it is, faces are drawn in its transfer without tone mapping");
  return notes;
}

VideoInfo info_of(const VideoInput& source, const AVCodecContext& decoder, const Turn& turn) {
  AVFormatContext* input = &source.format();
  AVStream* stream = &source.images();
  const AVCodecParameters& par = *stream->codecpar;
  VideoInfo info{.width = par.width, .height = par.height};
  AVRational rate = stream->avg_frame_rate;
  if (rate.num <= 0 || rate.den <= 0) rate = av_guess_frame_rate(input, stream, nullptr);
  info.rate = ours(rate);
  info.time_base = ours(stream->time_base);
  const AVRational aspect = av_guess_sample_aspect_ratio(input, stream, nullptr);
  info.pixel_aspect = aspect.num > 0 && aspect.den > 0 ? ours(aspect) : Rational{1, 1};
  info.frames = frames_shown(*input, *stream);
  if (stream->duration > 0)
    info.seconds = static_cast<double>(stream->duration) * av_q2d(stream->time_base);
  else if (input->duration > 0)
    info.seconds = static_cast<double>(input->duration) / AV_TIME_BASE;
  info.rotation = turn.degrees;
  bool full = par.color_range == AVCOL_RANGE_JPEG;
  const AVPixelFormat pixels = without_j(
      static_cast<AVPixelFormat>(decoder.pix_fmt != AV_PIX_FMT_NONE ? decoder.pix_fmt : par.format),
      full);
  info.color = {.matrix = known_value(par.color_space, AVCOL_SPC_NB, AVCOL_SPC_UNSPECIFIED),
                .primaries = known_value(par.color_primaries, AVCOL_PRI_NB, AVCOL_PRI_UNSPECIFIED),
                .transfer = known_value(par.color_trc, AVCOL_TRC_NB, AVCOL_TRC_UNSPECIFIED),
                .range = full ? ColorRange::Full : ours(par.color_range),
                .chroma_location =
                    known_value(par.chroma_location, AVCHROMA_LOC_NB, AVCHROMA_LOC_UNSPECIFIED)};
  info.codec = avcodec_get_name(par.codec_id);
  if (const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(pixels); format != nullptr) {
    info.pixel_format = format->name;
    info.depth = format->comp[0].depth;
    info.alpha = (format->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  }
  info.notes = notes_of(par);
  if (turn.degrees % 180 != 0) {
    std::swap(info.width, info.height);
    std::swap(info.pixel_aspect.num, info.pixel_aspect.den);
  }
  return info;
}

// Ticks from one frame to the next at the stream's rate; stamps are mended by it, so that at most
// the finest grid that the container says is taken.
std::int64_t usual_ticks(const AVStream& stream, const VideoInfo& info) {
  if (info.rate.num <= 0) return 1;
  return std::max<std::int64_t>(av_rescale_q(1, av_inv_q(av(info.rate)), stream.time_base), 1);
}

}  // namespace

struct VideoReader::State {
  std::filesystem::path file;
  VideoInput input;
  AVStream* stream;  // the input's
  Turn turn;
  CodecContext decoder;
  VideoInfo info;
  RisingStamps stamps;
  AvFrame frame{av_frame_alloc()};
  AvPacket packet{av_packet_alloc()};
  BgrConverter converter;
  std::int64_t images = 0;
  std::int64_t damaged = 0;    // packets
  std::int64_t concealed = 0;  // images, parts of which the decoder made up
  std::string trouble;         // why the file ended early, told after the last frame
  bool flushed = false;
  bool ended = false;

  explicit State(const std::filesystem::path& name)
      : file(name),
        input(name),
        stream(&input.images()),
        turn(turn_of(*stream)),
        decoder(open_decoder(*stream, name)),
        info(info_of(input, *decoder, turn)),
        stamps(usual_ticks(*stream, info)) {}

  /// Gives the decoder one more packet, or tells it that there is none.
  void feed();
  /// Puts the next image into `frame`; false at the end, after telling of the trouble once.
  bool decode();
  std::int64_t stamp();
  Image image();
};

void VideoReader::State::feed() {
  for (;;) {
    const int code = input.read(*packet);
    if (code < 0) {
      trouble = code == AVERROR_EOF ? input.missing() : "reading stopped: " + words(code);
      if (avcodec_send_packet(decoder.get(), nullptr) < 0) ++damaged;
      flushed = true;
      return;
    }
    const bool mine = packet->stream_index == stream->index;
    const bool joined = (input.format().iformat->flags & AVFMT_TS_DISCONT) != 0;
    const bool whole = (packet->flags & AV_PKT_FLAG_CORRUPT) == 0 || joined;
    if (mine && whole) {
      const int sent = avcodec_send_packet(decoder.get(), packet.get());
      av_packet_unref(packet.get());
      if (sent < 0) ++damaged;  // the decoder finds its way back at the next key frame
      return;
    }
    if (mine) ++damaged;
    av_packet_unref(packet.get());
  }
}

std::int64_t VideoReader::State::stamp() {
  ++images;
  const std::int64_t known = frame->best_effort_timestamp;
  return stamps.next(known == AV_NOPTS_VALUE ? std::nullopt : std::optional(known));
}

VideoReader::Image VideoReader::State::image() {
  Image image;
  image.pixels = BgrConverter::turned(converter.bgr(*frame), turn);
  image.stamp = stamp();
  image.duration = frame_duration(*frame);
  image.seconds = static_cast<double>(image.stamp) * av_q2d(stream->time_base);
  image.decoded = std::make_shared<DecodedImage>(*frame, turn.none());
  return image;
}

VideoReader::VideoReader(const std::filesystem::path& file)
    : state_(std::make_unique<State>(file)) {
  check(state_->info.width > 0 && state_->info.height > 0, ErrorCode::Input, file.string(),
        ": the size of its images is not known");
}

VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoInfo& VideoReader::info() const {
  return state_->info;
}

bool VideoReader::State::decode() {
  while (!ended) {
    const int code = avcodec_receive_frame(decoder.get(), frame.get());
    if (code >= 0) {
      if (frame->decode_error_flags != 0) ++concealed;
      return true;
    }
    ended = code == AVERROR_EOF || (code == AVERROR(EAGAIN) && flushed);
    if (ended) break;
    // After the last packet too: threads tell of a damaged one late, and sound ones come after it.
    if (code != AVERROR(EAGAIN)) ++damaged;
    if (!flushed) feed();
  }
  std::string why;
  std::swap(why, trouble);
  if (damaged > 0) why += (why.empty() ? "" : "; ") + std::to_string(damaged) + " damaged packets";
  if (concealed > 0)
    why += (why.empty() ? "" : "; ") + std::to_string(concealed) + " of " + std::to_string(images) +
           " frames are damaged in parts";
  damaged = concealed = 0;
  if (images == 0 && why.empty()) why = "no frame could be decoded";
  images = std::max<std::int64_t>(images, 1);  // the trouble is told once
  check(why.empty(), ErrorCode::Input, file.string(), ": ", why);
  return false;
}

std::optional<VideoReader::Image> VideoReader::next() {
  if (!state_->decode()) return std::nullopt;
  Image image = state_->image();
  av_frame_unref(state_->frame.get());
  return image;
}

bool VideoReader::skip() {
  if (!state_->decode()) return false;
  state_->stamp();
  av_frame_unref(state_->frame.get());
  return true;
}

}  // namespace cameo
