// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "pipeline/media/image_codecs.h"

#ifdef CAMEO_HAS_HEIF
#include <bit>
#include <libheif/heif.h>
#include <memory>
#include <string_view>

#include "pipeline/media/color_profile.h"
#endif

namespace cameo::codec {

#ifdef CAMEO_HAS_HEIF
namespace {

struct FreeContext {
  void operator()(heif_context* context) const { heif_context_free(context); }
};
struct ReleaseHandle {
  void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
};
struct ReleaseImage {
  void operator()(heif_image* image) const { heif_image_release(image); }
};
struct FreeNclx {
  void operator()(heif_color_profile_nclx* nclx) const { heif_nclx_color_profile_free(nclx); }
};
using Handle = std::unique_ptr<heif_image_handle, ReleaseHandle>;

void check_heif(const heif_error& error) {
  check(
      error.code == heif_error_Ok, ErrorCode::Input, "cannot be decoded: ", error.message,
      error.code == heif_error_Unsupported_filetype || error.code == heif_error_Unsupported_feature
          ? "; libheif may lack a plugin for it"
          : "");
}

Bytes metadata(const heif_image_handle* handle, std::string_view type, std::string_view content) {
  const int count = heif_image_handle_get_number_of_metadata_blocks(handle, nullptr);
  std::vector<heif_item_id> ids(static_cast<std::size_t>(count));
  heif_image_handle_get_list_of_metadata_block_IDs(handle, nullptr, ids.data(), count);
  for (const heif_item_id id : ids) {
    if (heif_image_handle_get_metadata_type(handle, id) != type) continue;
    const char* mime = heif_image_handle_get_metadata_content_type(handle, id);
    if (!content.empty() && (mime == nullptr || mime != content)) continue;
    Bytes bytes(heif_image_handle_get_metadata_size(handle, id));
    check_heif(heif_image_handle_get_metadata(handle, id, bytes.data()));
    return bytes;
  }
  return {};
}

/// The block behind the offset (four bytes, big-endian) that HEIF puts before it.
Bytes exif_block(Bytes item) {
  if (item.size() < 4) return {};
  std::size_t offset = 4;
  for (std::size_t i = 0; i < 4; ++i) offset += static_cast<std::size_t>(item[i]) << (8 * (3 - i));
  if (offset > item.size()) return {};
  return {item.begin() + static_cast<std::ptrdiff_t>(offset), item.end()};
}

Bytes profile_of(const heif_image_handle* handle) {
  if (const std::size_t size = heif_image_handle_get_raw_color_profile_size(handle); size > 0) {
    Bytes icc(size);
    check_heif(heif_image_handle_get_raw_color_profile(handle, icc.data()));
    return icc;
  }
  heif_color_profile_nclx* raw = nullptr;
  if (heif_image_handle_get_nclx_color_profile(handle, &raw).code != heif_error_Ok) return {};
  const std::unique_ptr<heif_color_profile_nclx, FreeNclx> nclx(raw);
  const Chromaticities xy{nclx->color_primary_white_x, nclx->color_primary_white_y,
                          nclx->color_primary_red_x,   nclx->color_primary_red_y,
                          nclx->color_primary_green_x, nclx->color_primary_green_y,
                          nclx->color_primary_blue_x,  nclx->color_primary_blue_y};
  if (nclx->color_primaries == heif_color_primaries_unspecified || xy.white_x <= 0 || is_rec709(xy))
    return {};
  return rgb_profile(xy);
}

cv::Mat decoded(const heif_image_handle* handle, int bits) {
  const bool alpha = heif_image_handle_has_alpha_channel(handle) != 0;
  constexpr bool kLittle = std::endian::native == std::endian::little;
  const heif_chroma deep =
      kLittle ? (alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE)
              : (alpha ? heif_chroma_interleaved_RRGGBBAA_BE : heif_chroma_interleaved_RRGGBB_BE);
  const heif_chroma plain = alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;
  heif_image* raw = nullptr;
  check_heif(
      heif_decode_image(handle, &raw, heif_colorspace_RGB, bits > 8 ? deep : plain, nullptr));
  const std::unique_ptr<heif_image, ReleaseImage> image(raw);
  int stride = 0;
  const std::uint8_t* data =
      heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  check(data != nullptr, ErrorCode::Input, "cannot be decoded");
  const cv::Mat view(heif_image_get_height(image.get(), heif_channel_interleaved),
                     heif_image_get_width(image.get(), heif_channel_interleaved),
                     CV_MAKETYPE(bits > 8 ? CV_16U : CV_8U, alpha ? 4 : 3),
                     const_cast<std::uint8_t*>(data), static_cast<std::size_t>(stride));
  cv::Mat bgr(view.size(), view.type());
  cv::mixChannels(
      view, bgr,
      alpha ? std::vector<int>{0, 2, 1, 1, 2, 0, 3, 3} : std::vector<int>{0, 2, 1, 1, 2, 0});
  if (bits > 8) bgr.convertTo(bgr, CV_16U, 65535.0 / ((1 << bits) - 1));
  return bgr;
}

}  // namespace

RawImage decode_heif(ByteView bytes) {
  const std::unique_ptr<heif_context, FreeContext> context(heif_context_alloc());
  check_heif(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(),
                                                        nullptr));
  heif_image_handle* raw = nullptr;
  check_heif(heif_context_get_primary_image_handle(context.get(), &raw));
  const Handle handle(raw);
  check_size(heif_image_handle_get_width(raw), heif_image_handle_get_height(raw));
  RawImage image;
  image.pages = heif_context_get_number_of_top_level_images(context.get());
  split_alpha(decoded(raw, heif_image_handle_get_luma_bits_per_pixel(raw)), image);
  image.icc = profile_of(raw);
  image.exif = exif_block(metadata(raw, "Exif", ""));
  image.xmp = metadata(raw, "mime", "application/rdf+xml");
  return image;
}
#else
RawImage decode_heif(ByteView /*bytes*/) {
  fail(ErrorCode::Input,
       "is HEIC or AVIF, which this build does not read (it lacks libheif); convert it with "
       "heif-convert first");
}
#endif

}  // namespace cameo::codec
