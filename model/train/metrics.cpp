// SPDX-License-Identifier: MIT
#include "model/train/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"

namespace cameo {
namespace {

constexpr std::string_view kHeader =
    "iteration,faces_seen,loss_a,loss_b,seconds,faces_per_second\n";

/// A stream that writes numbers with a point whatever the user's language.
std::ostringstream numbers() {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << std::fixed;
  return out;
}

std::string line_of(const Metrics::Row& row) {
  std::ostringstream out = numbers();
  out << row.iteration << ',' << row.faces_seen << std::setprecision(6) << ',' << row.loss_a << ','
      << row.loss_b << std::setprecision(3) << ',' << row.seconds << std::setprecision(2) << ','
      << row.faces_per_second << '\n';
  return out.str();
}

/// False if the line is not a whole row.
bool parse(std::string_view line, Metrics::Row* row) {
  std::array<double, 6> fields{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), fields[i]);
    if (error != std::errc()) return false;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    const bool last = i + 1 == fields.size();
    if (last ? !line.empty() : !line.starts_with(',')) return false;
    if (!last) line.remove_prefix(1);
  }
  *row = {static_cast<std::int64_t>(fields[0]),
          static_cast<std::int64_t>(fields[1]),
          fields[2],
          fields[3],
          fields[4],
          fields[5]};
  return true;
}

/// Where the plot puts a point: iterations to the right, losses upwards from 0.
struct Frame {
  static constexpr double kLeft = 64, kRight = 784, kTop = 24, kBottom = 360;
  double first = 0, last = 1, top = 1;
  double x(double iteration) const {
    return kLeft + (iteration - first) / (last - first) * (kRight - kLeft);
  }
  double y(double loss) const { return kBottom - loss / top * (kBottom - kTop); }
};

/// The next of 1, 2, 5, 10, ... times a power of ten that is no less than `wanted`.
double round_step(double wanted) {
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= wanted * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

void draw_line(std::ostream& out, const Frame& frame, const std::vector<Metrics::Row>& rows,
               double Metrics::Row::*loss, const char* colour) {
  constexpr std::size_t kPoints = 720;  // one a pixel is enough; each is a mean
  const std::size_t group = (rows.size() + kPoints - 1) / kPoints;
  out << "<polyline fill=\"none\" stroke=\"" << colour << "\" stroke-width=\"1.5\" points=\"";
  for (std::size_t i = 0; i < rows.size(); i += group) {
    const std::size_t end = std::min(rows.size(), i + group);
    double sum = 0;
    for (std::size_t k = i; k < end; ++k) sum += rows[k].*loss;
    out << frame.x(static_cast<double>(rows[end - 1].iteration)) << ','
        << frame.y(sum / static_cast<double>(end - i)) << ' ';
  }
  out << "\"/>\n";
}

void draw_axes(std::ostream& out, const Frame& frame) {
  const double loss_step = round_step(frame.top / 6),
               iteration_step = round_step((frame.last - frame.first) / 6);
  out << "<g stroke=\"#ddd\" fill=\"#444\" font-family=\"sans-serif\" font-size=\"12\">\n";
  for (int i = 0; i * loss_step <= frame.top * (1 + 1e-9); ++i) {
    const double y = frame.y(i * loss_step);
    out << "<path d=\"M" << Frame::kLeft << ' ' << y << 'H' << Frame::kRight
        << "\"/><text stroke=\"none\" x=\"" << Frame::kLeft - 6 << "\" y=\"" << y + 4
        << "\" text-anchor=\"end\">" << std::setprecision(3) << i * loss_step
        << std::setprecision(1) << "</text>\n";
  }
  const auto from = static_cast<std::int64_t>(std::ceil(frame.first / iteration_step));
  const auto to = static_cast<std::int64_t>(std::floor(frame.last / iteration_step + 1e-9));
  for (std::int64_t i = from; i <= to; ++i) {
    const double at = static_cast<double>(i) * iteration_step;
    out << "<path d=\"M" << frame.x(at) << ' ' << Frame::kTop << 'V' << Frame::kBottom
        << "\"/><text stroke=\"none\" x=\"" << frame.x(at) << "\" y=\"" << Frame::kBottom + 16
        << "\" text-anchor=\"middle\">" << static_cast<std::int64_t>(at) << "</text>\n";
  }
  out << "<text stroke=\"none\" x=\"" << Frame::kRight << "\" y=\"" << Frame::kBottom + 34
      << "\" text-anchor=\"end\">iterations</text>\n"
         "<text stroke=\"none\" x=\"72\" y=\"16\">mean absolute error of "
         "<tspan fill=\"#c0392b\">A</tspan> and <tspan fill=\"#2471a3\">B</tspan></text>\n</g>\n";
}

}  // namespace

Metrics::Metrics(std::filesystem::path csv, std::int64_t iteration) : csv_(std::move(csv)) {
  std::ifstream in(csv_);
  std::string line;
  while (std::getline(in, line)) {
    Row row;
    if (parse(line, &row) && row.iteration <= iteration) rows_.push_back(row);
  }
  std::error_code error;
  const bool read = in.is_open() ? !in.bad()
                                 : std::filesystem::status(csv_, error).type() ==
                                       std::filesystem::file_type::not_found;
  check(read, ErrorCode::Input, csv_.string(), ": cannot be read; move it away to begin a new one");
  AtomicFile out(csv_);
  out.write(kHeader);
  for (const Row& row : rows_) out.write(line_of(row));
  out.commit();
}

void Metrics::add(const Row& row) {
  rows_.push_back(row);
  std::ofstream out(csv_, std::ios::app);
  out << line_of(row) << std::flush;
  check(out.good(), ErrorCode::Input, csv_.string(), ": cannot add a row");
}

void Metrics::write_plot(const std::filesystem::path& svg) const {
  if (rows_.empty()) return;
  Frame frame{.first = 0, .last = static_cast<double>(rows_.back().iteration), .top = 1e-6};
  frame.last = std::max(frame.last, 1.0);
  for (const Row& row : rows_) frame.top = std::max({frame.top, row.loss_a, row.loss_b});
  std::ostringstream out = numbers();
  out << std::setprecision(1)
      << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"400\" viewBox=\"0 0 800 "
         "400\">\n<rect width=\"800\" height=\"400\" fill=\"#fff\"/>\n";
  draw_axes(out, frame);
  draw_line(out, frame, rows_, &Row::loss_a, "#c0392b");
  draw_line(out, frame, rows_, &Row::loss_b, "#2471a3");
  out << "</svg>\n";
  AtomicFile file(svg);
  file.write(out.str());
  file.commit();
}

}  // namespace cameo
