// SPDX-License-Identifier: MIT
#include "bench/watermark_report.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace cameo::bench {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

Json value_of(const std::string& cell) {
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  return end != cell.c_str() && *end == '\0' ? Json(value) : Json(cell);
}

/// The processor's name, as Linux gives it; empty where it gives none.
std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return {};
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text.data();
}

}  // namespace

void TableReport::table(const std::string& title, const std::vector<std::string>& columns) {
  tables_.push_back({title, columns, {}});
  const std::vector<std::string> rule(columns.size(), "---");
  std::printf("\n%s%s%s%s", title.c_str(), title.empty() ? "" : "\n\n", line_of(columns).c_str(),
              line_of(rule).c_str());
  std::fflush(stdout);
}

void TableReport::row(const std::vector<std::string>& cells) {
  tables_.back().rows.push_back(cells);
  std::printf("%s", line_of(cells).c_str());
  std::fflush(stdout);
}

void TableReport::write_json(const std::filesystem::path& file, const std::string& command) const {
  Json all{
      {"date", today()}, {"cpu", processor()}, {"command", command}, {"tables", Json::array()}};
  for (const Table& table : tables_) {
    Json rows = Json::array();
    for (const std::vector<std::string>& cells : table.rows) {
      Json row;
      for (std::size_t i = 0; i < cells.size(); ++i) row[table.columns[i]] = value_of(cells[i]);
      rows.push_back(row);
    }
    all["tables"].push_back({{"title", table.title}, {"rows", rows}});
  }
  std::ofstream out(file);
  out << all.dump(1) << '\n';
  check(static_cast<bool>(out.flush()), ErrorCode::Input, file.string(), ": cannot be written");
}

std::string number(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace cameo::bench
