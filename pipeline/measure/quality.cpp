// SPDX-License-Identifier: MIT
#include "pipeline/measure/quality.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = (0.01 * 255) * (0.01 * 255);
constexpr double kC2 = (0.03 * 255) * (0.03 * 255);

void check_pair(const char* what, const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  check(a.type() == CV_8UC3 && b.type() == CV_8UC3, what, ": wants 8-bit BGR images");
  check(a.size() == b.size(), what, ": images of ", a.cols, "x", a.rows, " and ", b.cols, "x",
        b.rows);
  if (mask.empty()) return;
  check(mask.type() == CV_8UC1 && mask.size() == a.size(), what, ": mask of ", mask.cols, "x",
        mask.rows, " for images of ", a.cols, "x", a.rows);
  check(cv::countNonZero(mask) > 0, what, ": the mask holds no pixel");
}

cv::Mat local_mean(const cv::Mat& image) {
  cv::Mat mean;
  cv::GaussianBlur(image, mean, {kWindow, kWindow}, kSigma, kSigma, cv::BORDER_REFLECT_101);
  return mean;
}

}  // namespace

cv::Mat luma(const cv::Mat& bgr) {
  check(bgr.type() == CV_8UC3, "luma: wants 8-bit BGR, got type ", bgr.type());
  cv::Mat y(bgr.size(), CV_64FC1);
  for (int row = 0; row < bgr.rows; ++row) {
    const auto* from = bgr.ptr<cv::Vec3b>(row);
    auto* to = y.ptr<double>(row);
    for (int x = 0; x < bgr.cols; ++x) {
      to[x] = 0.114 * from[x][0] + 0.587 * from[x][1] + 0.299 * from[x][2];
    }
  }
  return y;
}

double psnr(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  check_pair("psnr", a, b, mask);
  double squares = 0;
  double count = 0;
  for (int y = 0; y < a.rows; ++y) {
    const auto* left = a.ptr<cv::Vec3b>(y);
    const auto* right = b.ptr<cv::Vec3b>(y);
    const auto* in = mask.empty() ? nullptr : mask.ptr<uchar>(y);
    for (int x = 0; x < a.cols; ++x) {
      if (in != nullptr && in[x] == 0) continue;
      const cv::Vec3d difference = cv::Vec3d(left[x]) - cv::Vec3d(right[x]);
      squares += difference.dot(difference);
      count += 3;
    }
  }
  check(count > 0, "psnr: the images are empty");
  if (squares == 0) return kMaxPsnr;
  return std::min(kMaxPsnr, 10 * std::log10(255.0 * 255.0 * count / squares));
}

SsimMaps ssim_maps(const cv::Mat& x, const cv::Mat& y) {
  check(x.type() == CV_64FC1 && y.type() == CV_64FC1 && x.size() == y.size(),
        "ssim: wants two luma images of one size");
  const cv::Mat mean_x = local_mean(x);
  const cv::Mat mean_y = local_mean(y);
  const cv::Mat xx = local_mean(x.mul(x));
  const cv::Mat yy = local_mean(y.mul(y));
  const cv::Mat xy = local_mean(x.mul(y));
  SsimMaps maps{cv::Mat(x.size(), CV_64FC1), cv::Mat(x.size(), CV_64FC1)};
  for (int row = 0; row < x.rows; ++row) {
    for (int col = 0; col < x.cols; ++col) {
      const double mx = mean_x.at<double>(row, col);
      const double my = mean_y.at<double>(row, col);
      const double vx = xx.at<double>(row, col) - mx * mx;
      const double vy = yy.at<double>(row, col) - my * my;
      const double cov = xy.at<double>(row, col) - mx * my;
      maps.ssim.at<double>(row, col) =
          ((2 * mx * my + kC1) * (2 * cov + kC2)) / ((mx * mx + my * my + kC1) * (vx + vy + kC2));
      maps.contrast.at<double>(row, col) = (2 * cov + kC2) / (vx + vy + kC2);
    }
  }
  return maps;
}

cv::Mat ssim_map(const cv::Mat& a, const cv::Mat& b) {
  check_pair("ssim", a, b, {});
  return ssim_maps(luma(a), luma(b)).ssim;
}

double ssim(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  check_pair("ssim", a, b, mask);
  check(a.cols >= kWindow && a.rows >= kWindow, "ssim: ", a.cols, "x", a.rows,
        " pixels are less than the window of ", kWindow, "x", kWindow);
  const cv::Mat map = ssim_map(a, b);
  if (!mask.empty()) return cv::mean(map, mask)[0];
  constexpr int kEdge = kWindow / 2;
  const cv::Rect valid(kEdge, kEdge, a.cols - 2 * kEdge, a.rows - 2 * kEdge);
  return cv::mean(map(valid))[0];
}

}  // namespace cameo
