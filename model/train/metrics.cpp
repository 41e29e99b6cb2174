// SPDX-License-Identifier: MIT
#include "model/train/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <limits>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"

namespace cameo {
namespace {

constexpr std::string_view kHeader = "iteration,faces_seen,loss_a,loss_b,seconds,faces_per_second";
constexpr std::size_t kColumns = 6;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

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
      << row.faces_per_second << std::setprecision(6);
  for (const double loss : row.extra) {
    out << ',';
    if (!std::isnan(loss)) out << loss;
  }
  out << '\n';
  return out.str();
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t end = 0; end != std::string_view::npos; line.remove_prefix(end + 1)) {
    end = line.find(',');
    cells.push_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
  }
  return cells;
}

bool read_number(std::string_view cell, double* number) {
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), *number);
  return error == std::errc() && end == cell.data() + cell.size();
}

/// False if the line is not a whole row. columns: where the cell of each extra loss is, if any.
bool parse(std::string_view line, std::size_t width,
           const std::vector<std::optional<std::size_t>>& columns, Metrics::Row* row) {
  const std::vector<std::string_view> cells = cells_of(line);
  std::array<double, kColumns> fields{};
  if (cells.size() != width) return false;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!read_number(cells[i], &fields.at(i))) return false;
  *row = {static_cast<std::int64_t>(fields[0]),
          static_cast<std::int64_t>(fields[1]),
          fields[2],
          fields[3],
          fields[4],
          fields[5]};
  for (const auto& column : columns) {
    double loss = kNone;
    if (column && !cells[*column].empty() && !read_number(cells[*column], &loss)) return false;
    row->extra.push_back(loss);
  }
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

constexpr int kPanelHeight = 400;

/// The next of 1, 2, 5, 10, ... times a power of ten that is no less than `wanted`.
double round_step(double wanted) {
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= wanted * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

/// One loss over the iterations, without the rows that have none.
struct Curve {
  const char* colour;
  std::string label;
  std::vector<std::pair<std::int64_t, double>> points;
};

void draw_curve(std::ostream& out, const Frame& frame, const Curve& curve) {
  constexpr std::size_t kPoints = 720;  // one a pixel is enough; each is a mean
  const std::size_t group = (curve.points.size() + kPoints - 1) / kPoints;
  out << "<polyline fill=\"none\" stroke=\"" << curve.colour << "\" stroke-width=\"1.5\" points=\"";
  for (std::size_t i = 0; i < curve.points.size(); i += group) {
    const std::size_t end = std::min(curve.points.size(), i + group);
    double sum = 0;
    for (std::size_t k = i; k < end; ++k) sum += curve.points[k].second;
    out << frame.x(static_cast<double>(curve.points[end - 1].first)) << ','
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
      << "\" text-anchor=\"end\">iterations</text>\n</g>\n";
}

/// A panel of curves with one scale, at a height of the image.
void draw_panel(std::ostream& out, int index, const std::string& title, std::int64_t last,
                const std::vector<Curve>& curves) {
  Frame frame{.first = 0, .last = std::max(1.0, static_cast<double>(last)), .top = 1e-6};
  for (const Curve& curve : curves)
    for (const auto& point : curve.points) frame.top = std::max(frame.top, point.second);
  out << "<g transform=\"translate(0 " << index * kPanelHeight << ")\">\n";
  draw_axes(out, frame);
  out << "<text fill=\"#444\" font-family=\"sans-serif\" font-size=\"12\" x=\"72\" y=\"16\">"
      << title;
  for (const Curve& curve : curves)
    out << " <tspan fill=\"" << curve.colour << "\">" << curve.label << "</tspan>";
  out << "</text>\n";
  for (const Curve& curve : curves) draw_curve(out, frame, curve);
  out << "</g>\n";
}

/// The kind of a loss: its name without its side ("dssim" of "dssim_a").
std::string kind_of(const std::string& name) {
  const std::size_t end = name.size() < 2 ? 0 : name.size() - 2;
  const bool of_side = name.ends_with("_a") || name.ends_with("_b");
  return of_side ? name.substr(0, end) : name;
}

}  // namespace

Metrics::Metrics(std::filesystem::path csv, std::int64_t iteration, std::vector<std::string> extra)
    : csv_(std::move(csv)), extra_(std::move(extra)) {
  if (csv_.empty()) return;
  std::ifstream in(csv_);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string_view> header = cells_of(line);
  for (std::size_t i = kColumns; i < header.size() && line.starts_with(kHeader); ++i)
    if (std::find(extra_.begin(), extra_.end(), header[i]) == extra_.end())
      extra_.emplace_back(header[i]);
  std::vector<std::optional<std::size_t>> columns;
  for (const std::string& name : extra_) {
    const auto at = std::find(header.begin(), header.end(), name);
    columns.emplace_back();
    if (at != header.end()) columns.back() = static_cast<std::size_t>(at - header.begin());
  }
  const std::size_t width = std::max(kColumns, header.size());
  for (std::string text; std::getline(in, text);) {
    Row row;
    if (parse(text, width, columns, &row) && row.iteration <= iteration) rows_.push_back(row);
  }
  std::error_code error;
  const bool read = in.is_open() ? !in.bad()
                                 : std::filesystem::status(csv_, error).type() ==
                                       std::filesystem::file_type::not_found;
  check(read, ErrorCode::Input, csv_.string(), ": cannot be read; move it away to begin a new one");
  AtomicFile out(csv_);
  out.write(kHeader);
  for (const std::string& name : extra_) out.write("," + name);
  out.write("\n");
  for (const Row& row : rows_) out.write(line_of(row));
  out.commit();
}

void Metrics::add(Row row) {
  row.extra.resize(extra_.size(), kNone);
  if (!csv_.empty()) {
    std::ofstream out(csv_, std::ios::app);
    out << line_of(row) << std::flush;
    check(out.good(), ErrorCode::Input, csv_.string(), ": cannot add a row");
  }
  rows_.push_back(std::move(row));
}

void Metrics::write_plot(const std::filesystem::path& svg) const {
  if (rows_.empty()) return;
  constexpr std::array<const char*, 2> kColours = {"#c0392b", "#2471a3"};  // of A, of B
  std::vector<std::string> kinds{""};
  for (const std::string& name : extra_)
    if (std::find(kinds.begin(), kinds.end(), kind_of(name)) == kinds.end())
      kinds.push_back(kind_of(name));
  std::ostringstream out = numbers();
  const int height = kPanelHeight * static_cast<int>(kinds.size());
  out << std::setprecision(1) << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\""
      << height << "\" viewBox=\"0 0 800 " << height << "\">\n<rect width=\"800\" height=\""
      << height << "\" fill=\"#fff\"/>\n";
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    std::vector<Curve> curves;
    const auto add = [&](const std::string& label, auto&& loss_of) {
      Curve& curve = curves.emplace_back();
      curve.colour = kColours.at((curves.size() - 1) % kColours.size());
      curve.label = label;
      for (const Row& row : rows_)
        if (!std::isnan(loss_of(row))) curve.points.emplace_back(row.iteration, loss_of(row));
    };
    if (k == 0) {
      add("A", [](const Row& row) { return row.loss_a; });
      add("B", [](const Row& row) { return row.loss_b; });
    }
    for (std::size_t i = 0; i < extra_.size(); ++i)
      if (k > 0 && kind_of(extra_[i]) == kinds[k])
        add(extra_[i], [i](const Row& row) { return i < row.extra.size() ? row.extra[i] : kNone; });
    draw_panel(out, static_cast<int>(k), k == 0 ? "mean absolute error" : kinds[k],
               rows_.back().iteration, curves);
  }
  out << "</svg>\n";
  AtomicFile file(svg);
  file.write(out.str());
  file.commit();
}

}  // namespace cameo
