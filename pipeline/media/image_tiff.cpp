// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tiffio.h>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/media/image_codecs.h"
#include "pipeline/media/tiff_exif.h"

namespace cameo::codec {
namespace {

/// A TIFF file in memory, with libtiff's messages.
struct Memory {
  Bytes bytes;  ///< of the file that is written
  ByteView read;
  std::uint64_t at = 0;
  std::array<char, 300> text{};
};

tmsize_t read_from(thandle_t handle, void* to, tmsize_t count) {
  auto* memory = static_cast<Memory*>(handle);
  const ByteView all = memory->read.empty() ? ByteView(memory->bytes) : memory->read;
  if (memory->at >= all.size()) return 0;
  const auto bytes =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(count), all.size() - memory->at);
  std::memcpy(to, all.data() + memory->at, bytes);
  memory->at += bytes;
  return static_cast<tmsize_t>(bytes);
}

tmsize_t write_to(thandle_t handle, void* from, tmsize_t count) {
  auto* memory = static_cast<Memory*>(handle);
  const std::uint64_t end = memory->at + static_cast<std::uint64_t>(count);
  if (end > memory->bytes.size()) memory->bytes.resize(end);
  std::memcpy(memory->bytes.data() + memory->at, from, static_cast<std::size_t>(count));
  memory->at = end;
  return count;
}

toff_t size_of(thandle_t handle) {
  const auto* memory = static_cast<Memory*>(handle);
  return memory->read.empty() ? memory->bytes.size() : memory->read.size();
}

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  auto* memory = static_cast<Memory*>(handle);
  const std::uint64_t from = whence == SEEK_SET   ? 0
                             : whence == SEEK_CUR ? memory->at
                                                  : size_of(handle);
  memory->at = from + offset;
  return memory->at;
}

int close_nothing(thandle_t /*handle*/) {
  return 0;
}

int note_error(TIFF* /*tiff*/, void* user, const char* /*module*/, const char* format,
               va_list values) {
  auto* memory = static_cast<Memory*>(user);
  if (memory->text[0] == '\0')
    std::vsnprintf(memory->text.data(), memory->text.size(), format, values);
  return 1;
}

int drop_warning(TIFF* /*tiff*/, void* /*user*/, const char* /*module*/, const char* /*format*/,
                 va_list /*values*/) {
  return 1;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};
using Tiff = std::unique_ptr<TIFF, CloseTiff>;

// "m": memory is not mapped.
Tiff open(Memory& memory, const char* mode) {
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), note_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), drop_warning, &memory);
  return Tiff(TIFFClientOpenExt("image", mode, &memory, read_from, write_to, seek, close_nothing,
                                size_of, nullptr, nullptr, options.get()));
}

template <class T>
T tag(TIFF* tiff, std::uint32_t name) {
  T value{};
  TIFFGetFieldDefaulted(tiff, name, &value);
  return value;
}

/// What decides how a file's samples are read.
struct Layout {
  std::uint32_t width = 0, height = 0;
  int bits = 1, samples = 1, color = 0, planes = 1, format = 1;
  int colors = 0;  ///< channels of the color model; 0: only libtiff's RGBA interface reads it
};

Layout layout_of(TIFF* tiff) {
  Layout layout{.width = tag<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH),
                .height = tag<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH),
                .bits = tag<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE),
                .samples = tag<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL),
                .color = tag<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC),
                .planes = tag<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG),
                .format = tag<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT)};
  const bool plain = (layout.bits == 8 || layout.bits == 16) &&
                     (layout.format == SAMPLEFORMAT_UINT || layout.format == SAMPLEFORMAT_VOID);
  const int colors = layout.color == PHOTOMETRIC_RGB          ? 3
                     : layout.color == PHOTOMETRIC_SEPARATED  ? 4
                     : layout.color <= PHOTOMETRIC_MINISBLACK ? 1
                                                              : 0;
  if (plain && layout.samples >= colors && layout.samples <= 8) layout.colors = colors;
  return layout;
}

[[noreturn]] void fail_at(int row, const Layout& layout, const Memory& memory) {
  fail_cut_off(row, layout.height, memory.read, memory.text.data());
}

/// One plane, or all samples, of a file in strips.
void read_strips(TIFF* tiff, const Layout& layout, const Memory& memory, int plane, cv::Mat& to) {
  for (int y = 0; y < to.rows; ++y)
    if (TIFFReadScanline(tiff, to.ptr(y), static_cast<std::uint32_t>(y),
                         static_cast<std::uint16_t>(plane)) < 0)
      fail_at(y, layout, memory);
}

void read_tiles(TIFF* tiff, const Layout& layout, const Memory& memory, int plane, cv::Mat& to) {
  const auto width = static_cast<int>(tag<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH));
  const auto height = static_cast<int>(tag<std::uint32_t>(tiff, TIFFTAG_TILELENGTH));
  check_size(width, height);
  cv::Mat tile(height, width, to.type());
  check(TIFFTileSize64(tiff) == tile.total() * tile.elemSize(), ErrorCode::Input,
        "cannot be decoded: its tiles have an unusual size");
  for (int y = 0; y < to.rows; y += height)
    for (int x = 0; x < to.cols; x += width) {
      if (TIFFReadTile(tiff, tile.data, static_cast<std::uint32_t>(x),
                       static_cast<std::uint32_t>(y), 0, static_cast<std::uint16_t>(plane)) < 0)
        fail_at(y, layout, memory);
      const cv::Rect in(x, y, std::min(width, to.cols - x), std::min(height, to.rows - y));
      tile(cv::Rect(0, 0, in.width, in.height)).copyTo(to(in));
    }
}

/// All samples of all pixels, interleaved in the file's order.
cv::Mat read_samples(TIFF* tiff, const Layout& layout, const Memory& memory) {
  const int depth = layout.bits == 16 ? CV_16U : CV_8U;
  const bool apart = layout.planes == PLANARCONFIG_SEPARATE && layout.samples > 1;
  const auto read = TIFFIsTiled(tiff) != 0 ? read_tiles : read_strips;
  std::vector<cv::Mat> planes(static_cast<std::size_t>(apart ? layout.samples : 1));
  for (std::size_t i = 0; i < planes.size(); ++i) {
    planes[i].create(static_cast<int>(layout.height), static_cast<int>(layout.width),
                     CV_MAKETYPE(depth, apart ? 1 : layout.samples));
    read(tiff, layout, memory, static_cast<int>(i), planes[i]);
  }
  cv::Mat all;
  cv::merge(planes, all);
  return all;
}

/// Colors of pixels that were multiplied by their alpha, as they were before.
void divide_by_alpha(RawImage& image) {
  const double most = image.pixels.depth() == CV_16U ? 65535 : 255;
  cv::Mat alpha;
  cv::merge(std::vector<cv::Mat>(static_cast<std::size_t>(image.pixels.channels()), image.alpha),
            alpha);
  cv::divide(image.pixels, alpha, image.pixels, most);
}

int alpha_kind(TIFF* tiff) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  return count == 0 ? EXTRASAMPLE_UNASSALPHA : kinds[0];
}

void take_colors(TIFF* tiff, const Layout& layout, const cv::Mat& samples, RawImage& image) {
  std::vector<cv::Mat> planes;
  cv::split(samples, planes);
  const auto colors = static_cast<std::size_t>(layout.colors);
  if (planes.size() > colors) image.alpha = planes[colors];
  planes.resize(colors);
  if (colors == 3) std::swap(planes[0], planes[2]);
  cv::merge(planes, image.pixels);
  if (layout.color == PHOTOMETRIC_MINISWHITE) cv::bitwise_not(image.pixels, image.pixels);
  if (!image.alpha.empty() && alpha_kind(tiff) == EXTRASAMPLE_ASSOCALPHA) divide_by_alpha(image);
}

/// Everything else, palettes, YCbCr and single bits, by libtiff's own conversion to 8-bit RGB.
void read_converted(TIFF* tiff, const Layout& layout, const Memory& memory, RawImage& image) {
  check(layout.format != SAMPLEFORMAT_IEEEFP && layout.bits <= 16, ErrorCode::Input,
        "has samples of ", layout.bits, " bits",
        layout.format == SAMPLEFORMAT_IEEEFP ? " in floating point" : "",
        "; save it with 8 or 16 bits a channel");
  std::array<char, 1024> why{};
  check(TIFFRGBAImageOK(tiff, why.data()) != 0, ErrorCode::Input,
        "cannot be decoded: ", why.data());
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);  // turned later, as all others
  cv::Mat rgba(static_cast<int>(layout.height), static_cast<int>(layout.width), CV_8UC4);
  if (TIFFReadRGBAImageOriented(tiff, layout.width, layout.height,
                                reinterpret_cast<std::uint32_t*>(rgba.data), ORIENTATION_TOPLEFT,
                                /*stop_on_error=*/1) == 0)
    fail_at(0, layout, memory);
  const bool grey = layout.color <= PHOTOMETRIC_MINISBLACK;
  cv::cvtColor(rgba, image.pixels, grey ? cv::COLOR_RGBA2GRAY : cv::COLOR_RGBA2BGR);
}

void read_metadata(TIFF* tiff, ByteView bytes, RawImage& image) {
  const auto blob = [&](std::uint32_t name) {
    std::uint32_t size = 0;
    const unsigned char* data = nullptr;
    return TIFFGetField(tiff, name, &size, &data) != 0 ? Bytes(data, data + size) : Bytes();
  };
  image.icc = blob(TIFFTAG_ICCPROFILE);
  image.xmp = blob(TIFFTAG_XMLPACKET);
  image.exif = exif_of_tiff(bytes);
  const double inches =
      tag<std::uint16_t>(tiff, TIFFTAG_RESOLUTIONUNIT) == RESUNIT_CENTIMETER ? 2.54 : 1;
  image.dpi_x = tag<float>(tiff, TIFFTAG_XRESOLUTION) * inches;
  image.dpi_y = tag<float>(tiff, TIFFTAG_YRESOLUTION) * inches;
}

/// Pages of the file, reduced copies of others left out; the last of them is the current one then.
int count_pages(TIFF* tiff) {
  int pages = 1;
  while (TIFFReadDirectory(tiff) != 0)
    if ((tag<std::uint32_t>(tiff, TIFFTAG_SUBFILETYPE) & FILETYPE_REDUCEDIMAGE) == 0) ++pages;
  return pages;
}

void put_tags(TIFF* tiff, const RawImage& image, const cv::Mat& rows) {
  const int colors = image.pixels.channels();
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, rows.cols);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, rows.rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, rows.depth() == CV_16U ? 16 : 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, rows.channels());
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, colors == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
  TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0));
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  const std::uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
  if (!image.alpha.empty()) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
  const auto put = [&](std::uint32_t name, const Bytes& data) {
    if (!data.empty())
      TIFFSetField(tiff, name, static_cast<std::uint32_t>(data.size()), data.data());
  };
  put(TIFFTAG_ICCPROFILE, image.icc);
  put(TIFFTAG_XMLPACKET, image.xmp);
  if (image.dpi_x > 0 && image.dpi_y > 0) {
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, image.dpi_x);
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, image.dpi_y);
  }
}

}  // namespace

RawImage decode_tiff(ByteView bytes) {
  Memory memory{.read = bytes};
  const Tiff tiff = open(memory, "rm");
  check(tiff != nullptr, ErrorCode::Input, "cannot be decoded: ", memory.text.data());
  const Layout layout = layout_of(tiff.get());
  check_size(layout.width, layout.height);
  RawImage image;
  const auto orientation = tag<std::uint16_t>(tiff.get(), TIFFTAG_ORIENTATION);
  image.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  read_metadata(tiff.get(), bytes, image);
  if (layout.colors > 0)
    take_colors(tiff.get(), layout, read_samples(tiff.get(), layout, memory), image);
  else
    read_converted(tiff.get(), layout, memory, image);
  image.pages = count_pages(tiff.get());
  return image;
}

Bytes encode_tiff(const RawImage& image) {
  cv::Mat rows = interleaved(image);
  if (image.pixels.channels() == 3)
    cv::cvtColor(rows, rows, rows.channels() == 4 ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGR2RGB);
  Memory memory;
  {
    const Tiff tiff = open(memory, "wm");
    check(tiff != nullptr, ErrorCode::Input, "cannot be encoded: ", memory.text.data());
    put_tags(tiff.get(), image, rows);
    for (int y = 0; y < rows.rows; ++y)
      check(TIFFWriteScanline(tiff.get(), rows.ptr(y), static_cast<std::uint32_t>(y), 0) == 1,
            ErrorCode::Input, "cannot be encoded: ", memory.text.data());
  }
  return with_exif_of(memory.bytes, image.exif);
}

}  // namespace cameo::codec
