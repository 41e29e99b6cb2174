// SPDX-License-Identifier: MIT
#include "pipeline/media/video_subtitles.h"

#include <cstring>

namespace cameo::libav {
namespace {

bool is_text(AVCodecID id) {
  const AVCodecDescriptor* codec = avcodec_descriptor_get(id);
  return codec != nullptr && (codec->props & AV_CODEC_PROP_TEXT_SUB) != 0;
}

AVCodecID form_for(const AVOutputFormat& container) {
  for (const AVCodecID id : {AV_CODEC_ID_MOV_TEXT, AV_CODEC_ID_SUBRIP, AV_CODEC_ID_WEBVTT})
    if (avformat_query_codec(&container, id, FF_COMPLIANCE_NORMAL) == 1) return id;
  return AV_CODEC_ID_NONE;
}

}  // namespace

std::unique_ptr<SubtitleConverter> SubtitleConverter::make(const AVStream& stream,
                                                           const AVOutputFormat& container) {
  const AVCodecParameters& par = *stream.codecpar;
  const AVCodecID form = form_for(container);
  const AVCodec* from = avcodec_find_decoder(par.codec_id);
  const AVCodec* to = avcodec_find_encoder(form);
  if (!is_text(par.codec_id) || form == AV_CODEC_ID_NONE || from == nullptr || to == nullptr)
    return nullptr;
  auto made = std::make_unique<SubtitleConverter>();
  made->decoder_.reset(avcodec_alloc_context3(from));
  made->encoder_.reset(avcodec_alloc_context3(to));
  AVCodecContext* decoder = made->decoder_.get();
  AVCodecContext* encoder = made->encoder_.get();
  if (decoder == nullptr || encoder == nullptr) return nullptr;
  avcodec_parameters_to_context(decoder, stream.codecpar);
  decoder->pkt_timebase = stream.time_base;
  decoder->time_base = stream.time_base;
  if (avcodec_open2(decoder, from, nullptr) < 0) return nullptr;
  encoder->time_base = AVRational{1, 1000};
  if (decoder->subtitle_header != nullptr) {
    const auto bytes = static_cast<std::size_t>(decoder->subtitle_header_size);
    encoder->subtitle_header = static_cast<std::uint8_t*>(av_mallocz(bytes + 1));
    if (encoder->subtitle_header == nullptr) return nullptr;
    std::memcpy(encoder->subtitle_header, decoder->subtitle_header, bytes);
    encoder->subtitle_header_size = decoder->subtitle_header_size;
  }
  if (avcodec_open2(encoder, to, nullptr) < 0) return nullptr;
  return made;
}

bool SubtitleConverter::describe(AVCodecParameters& parameters) const {
  return avcodec_parameters_from_context(&parameters, encoder_.get()) >= 0;
}

bool SubtitleConverter::convert(AVPacket& packet) {
  AVSubtitle subtitle{};
  int got = 0;
  const int code = avcodec_decode_subtitle2(decoder_.get(), &subtitle, &got, &packet);
  int bytes = 0;
  if (code >= 0 && got != 0 && subtitle.num_rects > 0)
    bytes = avcodec_encode_subtitle(encoder_.get(), buffer_.data(),
                                    static_cast<int>(buffer_.size()), &subtitle);
  if (got != 0) avsubtitle_free(&subtitle);
  if (bytes <= 0) return false;
  AvPacket text(av_packet_alloc());
  if (text == nullptr || av_new_packet(text.get(), bytes) < 0) return false;
  std::memcpy(text->data, buffer_.data(), static_cast<std::size_t>(bytes));
  text->pts = packet.pts;
  text->dts = packet.dts;
  text->duration = packet.duration;
  text->flags = AV_PKT_FLAG_KEY;
  text->stream_index = packet.stream_index;
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, text.get());
  return true;
}

}  // namespace cameo::libav
