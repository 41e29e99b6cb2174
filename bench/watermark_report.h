// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace cameo::bench {

/// Tables that are printed as Markdown, row by row as they come, and kept for a file of JSON.
class TableReport {
 public:
  /// Begins a table. title: empty for none.
  void table(const std::string& title, const std::vector<std::string>& columns);
  /// A row of the table that was begun last.
  void row(const std::vector<std::string>& cells);
  /// Writes all tables, with the date, the processor and the command: cells that are numbers as
  /// such. Throws Error (ErrorCode::Input) if it cannot be written.
  void write_json(const std::filesystem::path& file, const std::string& command) const;

 private:
  struct Table {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
  };
  std::vector<Table> tables_;
};

/// A number by printf's format.
std::string number(const char* format, double value);

}  // namespace cameo::bench
