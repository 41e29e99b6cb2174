// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string_view>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "pipeline/media/libav.h"
#include "pipeline/media/libav_versions.h"
#include "pipeline/media/video.h"
#include "pipeline/media/video_damage.h"
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
  const FieldOrder order = ours(par.field_order);
  if (is_interlaced(order))
    notes.push_back(std::string("interlaced, ") +
                    (order == FieldOrder::TopFirst ? "top" : "bottom") +
                    " field first; faces are drawn on whole frames, deinterlace it before for "
                    "clean faces in motion");
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
  info.pixel_aspect = ours(aspect);
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
  info.field_order = ours(par.field_order);
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
    if (info.pixel_aspect.num > 0) std::swap(info.pixel_aspect.num, info.pixel_aspect.den);
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
  ImageDamage damage;
  std::int64_t images = 0;
  std::string trouble;  // why the file ended early, told after the last frame
  bool told = false;
  bool flushed = false;
  bool ended = false;

  explicit State(const std::filesystem::path& name)
      : file(name),
        input(name),
        stream(&input.images()),
        turn(turn_of(*stream)),
        decoder(open_decoder(*stream, name)),
        info(info_of(input, *decoder, turn)),
        stamps(usual_ticks(*stream, info)),
        damage(info.time_base.value(), usual_ticks(*stream, info)) {}

  /// Takes note of damage that the demuxer saw in the packet.
  void look_at_packet();
  /// Gives the decoder one more packet, or tells it that there is none.
  void feed();
  /// Puts the next image into `frame`; false at the end, after telling of the trouble once.
  bool decode();
  std::int64_t stamp();
  Image image();
};

void VideoReader::State::look_at_packet() {
  const bool marked = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
  const std::int64_t decoded = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
  if (decoded == AV_NOPTS_VALUE) return;
  const std::int64_t shown = packet->pts != AV_NOPTS_VALUE ? packet->pts : decoded;
  damage.packet({decoded, shown, marked, input.part()});
}

void VideoReader::State::feed() {
  for (;;) {
    const int code = input.read(*packet);
    if (code < 0) {
      trouble = code == AVERROR_EOF ? input.missing() : "reading stopped: " + words(code);
      damage.end();
      if (avcodec_send_packet(decoder.get(), nullptr) < 0) damage.lost_packet();
      flushed = true;
      return;
    }
    const bool mine = packet->stream_index == stream->index;
    const bool joined = (input.format().iformat->flags & AVFMT_TS_DISCONT) != 0;
    const bool whole = (packet->flags & AV_PKT_FLAG_CORRUPT) == 0 || joined;
    if (mine && whole) {
      look_at_packet();
      const int sent = avcodec_send_packet(decoder.get(), packet.get());
      av_packet_unref(packet.get());
      if (sent < 0) damage.lost_packet();  // the decoder finds its way back at the next key frame
      return;
    }
    if (mine) damage.lost_packet();
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
  image.decoded = std::make_shared<DecodedImage>(*frame, turn);
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
      const bool marked = (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
      const std::int64_t known = frame->best_effort_timestamp;
      if (marked || frame->decode_error_flags != 0)
        damage.image(known != AV_NOPTS_VALUE ? known : images * usual_ticks(*stream, info));
      return true;
    }
    ended = code == AVERROR_EOF || (code == AVERROR(EAGAIN) && flushed);
    if (ended) break;
    // After the last packet too: threads tell of a damaged one late, and sound ones come after it.
    if (code != AVERROR(EAGAIN)) damage.lost_packet();
    if (!flushed) feed();
  }
  if (told) return false;
  told = true;
  std::string why = trouble;
  const std::string found = damage.words(images);
  if (!found.empty()) why += (why.empty() ? "" : "; ") + found;
  if (images == 0 && why.empty()) why = "no frame could be decoded";
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
