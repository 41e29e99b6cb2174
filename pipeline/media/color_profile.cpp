// SPDX-License-Identifier: MIT
#include "pipeline/media/color_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <lcms2.h>
#include <memory>

#include "base/error.h"

namespace cameo {
namespace {

using Bytes = std::span<const unsigned char>;

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
struct DeleteContext {
  void operator()(cmsContext context) const { cmsDeleteContext(context); }
};
using Profile = std::unique_ptr<void, CloseProfile>;
using Transform = std::unique_ptr<void, DeleteTransform>;
using Context = std::unique_ptr<_cmsContext_struct, DeleteContext>;

void drop_message(cmsContext /*context*/, cmsUInt32Number /*code*/, const char* /*text*/) {}

/// A context of one's own, since lcms2's default one prints.
Context quiet_context() {
  Context context(cmsCreateContext(nullptr, nullptr));
  cmsSetLogErrorHandlerTHR(context.get(), drop_message);
  return context;
}

Profile open_profile(const Context& context, Bytes icc) {
  return Profile(cmsOpenProfileFromMemTHR(context.get(), icc.data(),
                                          static_cast<cmsUInt32Number>(icc.size())));
}

Profile srgb(const Context& context) {
  return Profile(cmsCreate_sRGBProfileTHR(context.get()));
}

int channels_of(const Profile& profile) {
  if (!profile) return 0;
  switch (cmsGetColorSpace(profile.get())) {
    case cmsSigGrayData:
      return 1;
    case cmsSigRgbData:
      return 3;
    case cmsSigCmykData:
      return 4;
    default:
      return 0;
  }
}

cmsUInt32Number type_of(int channels, int depth) {
  const bool deep = depth == CV_16U;
  if (channels == 1) return deep ? TYPE_GRAY_16 : TYPE_GRAY_8;
  if (channels == 4) return deep ? TYPE_CMYK_16 : TYPE_CMYK_8;
  return deep ? TYPE_BGR_16 : TYPE_BGR_8;
}

cv::Mat transformed(const Context& context, const Profile& from, const Profile& to,
                    const cv::Mat& pixels) {
  const int depth = pixels.depth();
  const Transform transform(
      !from || !to
          ? nullptr
          : cmsCreateTransformTHR(context.get(), from.get(), type_of(pixels.channels(), depth),
                                  to.get(), type_of(3, depth), INTENT_RELATIVE_COLORIMETRIC,
                                  cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOCACHE));
  check(transform != nullptr, ErrorCode::Input, "the color profile cannot be used");
  cv::Mat out(pixels.size(), CV_MAKETYPE(depth, 3));
#pragma omp parallel for
  for (int y = 0; y < pixels.rows; ++y)
    cmsDoTransform(transform.get(), pixels.ptr(y), out.ptr(y),
                   static_cast<cmsUInt32Number>(pixels.cols));
  return out;
}

template <class T>
void mix_inks(const cv::Mat& cmyk, cv::Mat& bgr, double most) {
  for (int y = 0; y < cmyk.rows; ++y) {
    const T* from = cmyk.ptr<T>(y);
    T* to = bgr.ptr<T>(y);
    for (int x = 0; x < cmyk.cols; ++x, from += 4, to += 3)
      for (int c = 0; c < 3; ++c)
        to[2 - c] = cv::saturate_cast<T>((most - from[c]) * (most - from[3]) / most);
  }
}

cv::Mat plain_rgb(const cv::Mat& cmyk) {
  cv::Mat bgr(cmyk.size(), CV_MAKETYPE(cmyk.depth(), 3));
  if (cmyk.depth() == CV_16U)
    mix_inks<std::uint16_t>(cmyk, bgr, 65535);
  else
    mix_inks<std::uint8_t>(cmyk, bgr, 255);
  return bgr;
}

/// All colors of a coarse lattice, one a pixel.
cv::Mat lattice() {
  constexpr int kSteps = 9, kStep = 255 / (kSteps - 1);
  cv::Mat colors(kSteps * kSteps, kSteps, CV_8UC3);
  for (int i = 0; i < kSteps * kSteps * kSteps; ++i)
    colors.at<cv::Vec3b>(i / kSteps, i % kSteps) =
        cv::Vec3b(cv::saturate_cast<uchar>(i % kSteps * kStep),
                  cv::saturate_cast<uchar>(i / kSteps % kSteps * kStep),
                  cv::saturate_cast<uchar>(i / (kSteps * kSteps) * kStep));
  return colors;
}

}  // namespace

int profile_channels(Bytes icc) {
  const Context context = quiet_context();
  return channels_of(open_profile(context, icc));
}

bool is_srgb(Bytes icc) {
  if (profile_channels(icc) != 3) return false;
  const cv::Mat colors = lattice();
  try {
    return cv::norm(to_srgb(colors, icc), colors, cv::NORM_INF) <= 1;
  } catch (const Error&) {
    return false;
  }
}

bool is_output_profile(Bytes icc) {
  if (profile_channels(icc) != 3) return false;
  try {
    from_srgb(lattice(), icc);
    return true;
  } catch (const Error&) {
    return false;
  }
}

cv::Mat to_srgb(const cv::Mat& pixels, Bytes icc) {
  if (icc.empty() && pixels.channels() == 4) return plain_rgb(pixels);
  const Context context = quiet_context();
  const Profile profile = open_profile(context, icc);
  check(channels_of(profile) == pixels.channels(), ErrorCode::Input,
        "the color profile is for another number of channels than ", pixels.channels());
  return transformed(context, profile, srgb(context), pixels);
}

cv::Mat from_srgb(const cv::Mat& bgr, Bytes icc) {
  const Context context = quiet_context();
  const Profile profile = open_profile(context, icc);
  check(channels_of(profile) == 3, ErrorCode::Input, "the color profile is not of RGB");
  return transformed(context, srgb(context), profile, bgr);
}

cv::Mat drawn_in_profile(const cv::Mat& original, const cv::Mat& drawn, Bytes icc) {
  const cv::Mat before = to_srgb(original, icc);
  if (before.size() != drawn.size() || before.type() != drawn.type()) return from_srgb(drawn, icc);
  cv::Mat change, result;
  cv::subtract(from_srgb(drawn, icc), from_srgb(before, icc), change, cv::noArray(), CV_32S);
  cv::add(original, change, result, cv::noArray(), original.depth());
  return result;
}

bool is_rec709(const Chromaticities& xy) {
  const Chromaticities own;
  const std::array<double, 8> distances{xy.white_x - own.white_x, xy.white_y - own.white_y,
                                        xy.red_x - own.red_x,     xy.red_y - own.red_y,
                                        xy.green_x - own.green_x, xy.green_y - own.green_y,
                                        xy.blue_x - own.blue_x,   xy.blue_y - own.blue_y};
  return std::all_of(distances.begin(), distances.end(),
                     [](double distance) { return std::abs(distance) < 0.002; });
}

std::vector<unsigned char> rgb_profile(const Chromaticities& xy, double gamma) {
  constexpr int kParametric = 4;
  constexpr std::array<double, 5> kSrgbCurve{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  const Context context = quiet_context();
  cmsToneCurve* curve =
      gamma > 0 ? cmsBuildGamma(context.get(), gamma)
                : cmsBuildParametricToneCurve(context.get(), kParametric, kSrgbCurve.data());
  const std::array<cmsToneCurve*, 3> curves{curve, curve, curve};
  const cmsCIExyY white{xy.white_x, xy.white_y, 1};
  const cmsCIExyYTRIPLE primaries{
      {xy.red_x, xy.red_y, 1}, {xy.green_x, xy.green_y, 1}, {xy.blue_x, xy.blue_y, 1}};
  const Profile profile(cmsCreateRGBProfileTHR(context.get(), &white, &primaries, curves.data()));
  cmsFreeToneCurve(curve);
  cmsUInt32Number size = 0;
  check(profile != nullptr && cmsSaveProfileToMem(profile.get(), nullptr, &size) != 0,
        ErrorCode::Input, "the image's primaries span no colors");
  std::vector<unsigned char> icc(size);
  cmsSaveProfileToMem(profile.get(), icc.data(), &size);
  // The date of creation, at 24 to 35 of the header (ICC.1:2010, 7.2.8): lcms2 writes today's, and
  // equal images are to give equal files.
  constexpr std::array<unsigned char, 12> kDate{0x07, 0xD0, 0, 1, 0, 1};
  std::copy(kDate.begin(), kDate.end(), icc.begin() + 24);
  return icc;
}

}  // namespace cameo
