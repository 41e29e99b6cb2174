// SPDX-License-Identifier: MIT
#include "pipeline/media/video_encoder.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/error.h"
#include "pipeline/media/libav_versions.h"

namespace cameo::libav {
namespace {

using Name = std::string_view;

/// A codec that users name, with its encoders, the best first.
struct Codec {
  Name name;
  int crf;  ///< at which it is hard to tell from the source
  std::array<const char*, 4> encoders;
};

constexpr std::array kCodecs{
    Codec{"h264", 18, {"libx264", "libopenh264", nullptr, nullptr}},
    Codec{"h265", 20, {"libx265", nullptr, nullptr, nullptr}},
    Codec{"av1", 24, {"libsvtav1", "libaom-av1", "librav1e", nullptr}},
    Codec{"vp9", 24, {"libvpx-vp9", nullptr, nullptr, nullptr}},
    Codec{"ffv1", 0, {"ffv1", nullptr, nullptr, nullptr}},
    Codec{"prores", 0, {"prores_ks", "prores", nullptr, nullptr}},
    Codec{"mpeg4", 18, {"mpeg4", nullptr, nullptr, nullptr}},
};

const Codec* codec_of(Name encoder) {
  for (const Codec& codec : kCodecs)
    for (const char* name : codec.encoders)
      if (name != nullptr && encoder == name) return &codec;
  return nullptr;
}

std::string encoders_here() {
  std::string list;
  for (const Codec& codec : kCodecs)
    for (const char* name : codec.encoders)
      if (name != nullptr && avcodec_find_encoder_by_name(name) != nullptr)
        list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

bool takes(const AVOutputFormat& container, const AVCodec& codec) {
  return avformat_query_codec(&container, codec.id, FF_COMPLIANCE_NORMAL) == 1;
}

const AVCodec& named_encoder(const AVOutputFormat& container, const std::string& name,
                             const std::filesystem::path& file) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  check(codec != nullptr && codec->type == AVMEDIA_TYPE_VIDEO, ErrorCode::Usage, file.string(),
        ": no encoder '", name, "' here; there are ", encoders_here());
  check(takes(container, *codec), ErrorCode::Usage, file.string(), ": ", container.long_name,
        " takes no ", avcodec_get_name(codec->id), "; take .mkv or .mov");
  return *codec;
}

// x264's names in speeds of SVT-AV1, libaom and libvpx.
std::string preset_for(Name encoder, const std::string& preset) {
  constexpr std::array<Name, 10> kWords{"ultrafast", "superfast", "veryfast", "faster",
                                        "fast",      "medium",    "slow",     "slower",
                                        "veryslow",  "placebo"};
  struct Speeds {
    Name encoder;
    std::array<int, 10> speeds;
  };
  constexpr std::array kSpeeds{Speeds{"libsvtav1", {12, 11, 10, 9, 8, 7, 6, 5, 4, 2}},
                               Speeds{"libaom-av1", {8, 8, 8, 8, 8, 7, 6, 5, 4, 2}},
                               Speeds{"libvpx-vp9", {5, 5, 4, 4, 3, 2, 1, 1, 0, 0}}};
  const auto word = std::find(kWords.begin(), kWords.end(), preset);
  const auto known = std::find_if(kSpeeds.begin(), kSpeeds.end(),
                                  [&](const Speeds& s) { return s.encoder == encoder; });
  if (known == kSpeeds.end() || word == kWords.end()) return preset;
  return std::to_string(known->speeds.at(static_cast<std::size_t>(word - kWords.begin())));
}

void set_preset(AVCodecContext& encoder, const VideoWriterOptions& options,
                const std::filesystem::path& file) {
  const Name name = encoder.codec->name;
  if (name == "libaom-av1" || name == "libvpx-vp9") {
    // Their default takes minutes for seconds.
    const std::string usual = name == "libvpx-vp9" ? "2" : "6";
    const std::string speed = preset_for(name, options.preset);
    const bool number = !speed.empty() && speed.find_first_not_of("0123456789") == Name::npos;
    av_opt_set(encoder.priv_data, "cpu-used", number ? speed.c_str() : usual.c_str(), 0);
    av_opt_set_int(encoder.priv_data, "row-mt", 1, 0);
    return;
  }
  if (name == "ffv1") {
    // Version 3 has checksums, and slices that threads share.
    encoder.level = 3;
    // Half a chroma sample more in a slice is not defined: of odd sizes it finds their number.
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(encoder.pix_fmt);
    const bool odd = encoder.width % (1 << format.log2_chroma_w) != 0 ||
                     encoder.height % (1 << format.log2_chroma_h) != 0;
    encoder.slices = odd ? 0 : encoder.width >= 640 ? 16 : 4;
    return;
  }
  if (options.preset.empty()) return;
  const int code =
      av_opt_set(encoder.priv_data, "preset", preset_for(name, options.preset).c_str(), 0);
  check(code >= 0 || !has_presets(*encoder.codec), ErrorCode::Usage, file.string(), ": ", name,
        " has no preset '", options.preset, "'");
}

void set_quality(AVCodecContext& encoder, const VideoWriterOptions& options) {
  constexpr int kLeastQuantizer = 2;
  constexpr int kMostQuantizer = 31;
  const Codec* codec = codec_of(encoder.codec->name);
  const int crf = options.crf.value_or(codec == nullptr ? 18 : codec->crf);
  if (av_opt_set_double(encoder.priv_data, "crf", crf, 0) >= 0) {
    encoder.bit_rate = 0;  // VP9 takes crf as a bound unless the rate is 0
    return;
  }
  // Others have a quantizer from 2; crf / 6 looks about the same around 18.
  const int quantizer = std::clamp(crf / 6, kLeastQuantizer, kMostQuantizer);
  encoder.flags |= AV_CODEC_FLAG_QSCALE;
  encoder.global_quality = quantizer * FF_QP2LAMBDA;
}

// A colour that is not known at all is tagged by what was taken; of one that is known, what is
// unspecified stays so.
void set_color(AVCodecContext& encoder, const std::optional<VideoColor>& color, int matrix) {
  if (!color) {
    // 709 has code point 1 in all three lists, 601 (525 lines) has 6.
    encoder.colorspace = static_cast<AVColorSpace>(matrix);
    encoder.color_primaries = static_cast<AVColorPrimaries>(matrix);
    encoder.color_trc = static_cast<AVColorTransferCharacteristic>(matrix);
    encoder.color_range = AVCOL_RANGE_MPEG;
    return;
  }
  const bool rgb = color->matrix == AVCOL_SPC_RGB;
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(encoder.pix_fmt);
  const bool into_rgb = format != nullptr && (format->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  encoder.colorspace = static_cast<AVColorSpace>(rgb && !into_rgb ? matrix : color->matrix);
  encoder.color_primaries = static_cast<AVColorPrimaries>(color->primaries);
  encoder.color_trc = static_cast<AVColorTransferCharacteristic>(color->transfer);
  encoder.color_range = av(color->range);
  encoder.chroma_sample_location = static_cast<AVChromaLocation>(color->chroma_location);
}

/// Whether an encoder codes the two fields of a frame apart or, as FFV1, at least says so.
bool codes_fields(Name encoder) {
  constexpr std::array<Name, 4> kWithFields{"libx264", "ffv1", "prores_ks", "mpeg4"};
  return std::find(kWithFields.begin(), kWithFields.end(), encoder) != kWithFields.end();
}

FieldOrder use_fields(AVCodecContext& encoder, FieldOrder order) {
  if (!is_interlaced(order)) return order;
  if (!codes_fields(encoder.codec->name)) return FieldOrder::Unknown;
  encoder.flags |= AV_CODEC_FLAG_INTERLACED_DCT;
  if (encoder.codec_id == AV_CODEC_ID_MPEG4) encoder.flags |= AV_CODEC_FLAG_INTERLACED_ME;
  encoder.field_order = av(order);
  // It takes a change of the order from the frames too late for the first headers.
  if (order == FieldOrder::BottomFirst && encoder.codec_id == AV_CODEC_ID_H264)
    av_opt_set(encoder.priv_data, "x264-params", "bff=1", 0);
  return order;
}

AVPixelFormat pixels_for(const AVCodec& codec, AVPixelFormat source,
                         const VideoWriterOptions& options, const std::filesystem::path& file) {
  std::vector<AVPixelFormat> formats = pixel_formats(codec);
  if (!options.pixel_format.empty()) {
    const AVPixelFormat wanted = av_get_pix_fmt(options.pixel_format.c_str());
    const bool taken =
        formats.empty() || std::find(formats.begin(), formats.end(), wanted) != formats.end();
    check(wanted != AV_PIX_FMT_NONE && taken && sws_isSupportedOutput(wanted) != 0,
          ErrorCode::Usage, file.string(), ": ", codec.name, " takes no pixel format '",
          options.pixel_format, "'");
    return wanted;
  }
  if (formats.empty()) return source;
  std::erase_if(formats, [&](AVPixelFormat p) {
    bool old = false;
    return without_j(p, old) != p || sws_isSupportedOutput(p) == 0;
  });
  formats.push_back(AV_PIX_FMT_NONE);
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(source);
  const bool alpha = format != nullptr && (format->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  return avcodec_find_best_pix_fmt_of_list(formats.data(), source, alpha ? 1 : 0, nullptr);
}

int grown(int size, int log2_chroma, bool takes_odd) {
  return log2_chroma > 0 && !takes_odd ? size + size % 2 : size;
}

}  // namespace

bool is_avi(const AVOutputFormat& container) {
  return Name(container.name) == "avi";
}

bool has_presets(const AVCodec& codec) {
  const Name name = codec.name;
  if (name == "libaom-av1" || name == "libvpx-vp9") return true;  // by another name
  const AVClass* options = codec.priv_class;
  return options != nullptr &&
         av_opt_find(&options, "preset", nullptr, 0, AV_OPT_SEARCH_FAKE_OBJ) != nullptr;
}

const AVCodec& choose_encoder(const AVOutputFormat& container, const VideoWriterOptions& options,
                              const std::filesystem::path& file) {
  if (!options.encoder.empty()) return named_encoder(container, options.encoder, file);
  if (!options.codec.empty()) {
    const Name wanted = options.codec == "hevc" ? Name("h265") : Name(options.codec);
    const auto* codec = std::find_if(kCodecs.begin(), kCodecs.end(),
                                     [&](const Codec& c) { return c.name == wanted; });
    check(codec != kCodecs.end(), ErrorCode::Usage, file.string(), ": no codec '", options.codec,
          "'; there are h264, h265, av1, vp9, ffv1, prores and mpeg4");
    for (const char* name : codec->encoders)
      if (name != nullptr && avcodec_find_encoder_by_name(name) != nullptr)
        return named_encoder(container, name, file);
    fail(ErrorCode::Usage, file.string(), ": no encoder for ", options.codec, " here; there are ",
         encoders_here());
  }
  // x264 first, then what comes nearest to it, then whatever the container was made for.
  std::vector<const AVCodec*> candidates;
  for (const char* name : {"libx264", "libopenh264", "libvpx-vp9", "mpeg4"})
    candidates.push_back(avcodec_find_encoder_by_name(name));
  candidates.push_back(avcodec_find_encoder(container.video_codec));
  for (const AVCodec* codec : candidates)
    if (codec != nullptr && takes(container, *codec)) return *codec;
  fail(ErrorCode::Usage, file.string(), ": no encoder here writes video into ", container.long_name,
       "; take .mp4, .mov or .mkv");
}

Encoder::Encoder(const AVCodec& codec, const AVOutputFormat& container, const EncodeShape& shape,
                 const VideoWriterOptions& options, const std::filesystem::path& file)
    : file_(file), context_(avcodec_alloc_context3(&codec)) {
  check(context_ != nullptr, ErrorCode::Device, file.string(), ": out of memory");
  AVCodecContext& c = *context_;
  c.pix_fmt = pixels_for(codec, shape.source, options, file);
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(c.pix_fmt);
  const Name name = codec.name;
  const bool odd = name == "ffv1" || name == "libvpx-vp9" || name == "libaom-av1";
  c.width = grown(shape.size.width, format.log2_chroma_w, odd);
  c.height = grown(shape.size.height, format.log2_chroma_h, odd);
  c.framerate = av(options.rate);
  c.time_base = av(options.time_base.value_or(Rational{options.rate.den, options.rate.num}));
  c.sample_aspect_ratio = av(options.pixel_aspect);
  field_order_ = use_fields(c, options.field_order);
  matrix_ = matrix_or_usual(options.color.value_or(VideoColor{}), shape.size.height);
  set_color(c, options.color, matrix_);
  set_quality(c, options);
  set_preset(c, options, file);
  if (name == "libx265") av_opt_set(c.priv_data, "x265-params", "log-level=none", 0);
  const bool iso = Name(container.name) == "mp4" || Name(container.name) == "mov";
  if (iso && codec.id == AV_CODEC_ID_HEVC) c.codec_tag = MKTAG('h', 'v', 'c', '1');
  if (is_avi(container)) c.max_b_frames = 0;
  if ((container.flags & AVFMT_GLOBALHEADER) != 0) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  c.thread_count = 0;
  // It writes its settings to stderr otherwise, whatever libav's level of logging.
  if (name == "libsvtav1") setenv("SVT_LOG", "0", 0);
  const int code = avcodec_open2(context_.get(), &codec, nullptr);
  check(code >= 0, file.string(), ": the encoder ", codec.name, " does not start for images of ",
        c.width, "x", c.height, " in ", av_get_pix_fmt_name(c.pix_fmt), ": ", words(code),
        "; another --codec may");
}

Conversion Encoder::conversion(AVPixelFormat bgr) const {
  Conversion how{.to = ScaleTo::Yuv, .width = context_->width, .height = context_->height};
  how.yuv = context_->pix_fmt;
  how.bgr = bgr;
  how.matrix = matrix_;
  how.full_range = context_->color_range == AVCOL_RANGE_JPEG;
  how.chroma_location = context_->chroma_sample_location;
  return how;
}

Encoder::~Encoder() {
  // SVT-AV1 waits for its end for ever, in a file that is given up, too.
  if (stage_ == Stage::Ended || Name(context_->codec->name) != "libsvtav1") return;
  try {
    const auto drop = [](AVPacket&) {};
    if (stage_ == Stage::Started)
      encode_black(drop);
    else
      send(nullptr, drop);
  } catch (const Error&) {
    // Then it has ended by itself.
  }
}

void Encoder::encode_black(const std::function<void(AVPacket&)>& packet) {
  const AvFrame frame(av_frame_alloc());
  check(frame != nullptr, ErrorCode::Device, file_.string(), ": out of memory");
  frame->format = context_->pix_fmt;
  frame->width = context_->width;
  frame->height = context_->height;
  check(av_frame_get_buffer(frame.get(), 0) >= 0, ErrorCode::Device, file_.string(),
        ": out of memory");
  for (int plane = 0; plane < AV_NUM_DATA_POINTERS; ++plane)
    if (const AVBufferRef* buffer = av_frame_get_plane_buffer(frame.get(), plane))
      std::fill_n(buffer->data, buffer->size, std::uint8_t{0});
  frame->pts = 0;
  send(frame.get(), packet);
  send(nullptr, packet);
}

CodecParameters Encoder::parameters() const {
  CodecParameters out(avcodec_parameters_alloc());
  check(out != nullptr && avcodec_parameters_from_context(out.get(), context_.get()) >= 0,
        ErrorCode::Device, file_.string(), ": out of memory");
  return out;
}

CodecParameters Encoder::parameters_alone() {
  if (context_->codec_id != AV_CODEC_ID_AV1) return parameters();
  std::vector<std::uint8_t> header;
  encode_black([&](AVPacket& packet) {
    std::size_t size = 0;
    const std::uint8_t* data = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (data != nullptr) header.assign(data, data + size);
  });
  CodecParameters out = parameters();
  if (out->extradata_size > 0 || header.empty()) return out;
  out->extradata =
      static_cast<std::uint8_t*>(av_mallocz(header.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  check(out->extradata != nullptr, ErrorCode::Device, file_.string(), ": out of memory");
  std::copy(header.begin(), header.end(), out->extradata);
  out->extradata_size = static_cast<int>(header.size());
  return out;
}

void Encoder::send(const AVFrame* frame, const std::function<void(AVPacket&)>& packet) {
  stage_ = frame == nullptr ? Stage::Ended : Stage::Encoding;
  const int sent = avcodec_send_frame(context_.get(), frame);
  check(sent >= 0, ErrorCode::Input, file_.string(),
        ": a frame is refused by the encoder: ", words(sent));
  for (;;) {
    const int code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check(code >= 0, ErrorCode::Input, file_.string(),
          ": a frame cannot be encoded: ", words(code));
    packet(*packet_);
    av_packet_unref(packet_.get());
  }
}

}  // namespace cameo::libav
