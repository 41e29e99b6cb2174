// SPDX-License-Identifier: MIT
#include "pipeline/compose/options.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "base/error.h"

namespace cameo {
namespace {

constexpr std::array<std::string_view, 12> kNames = {
    "color",   "mask",   "erosion",     "blur",       "feather",           "far-side",
    "sharpen", "detail", "match-grain", "match-blur", "match-compression", "seamless"};

double number(std::string_view name, const std::string& text, double low, double high) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool whole = !text.empty() && *end == '\0' && std::isfinite(value);
  check(whole && value >= low && value <= high, ErrorCode::Usage, name, ": got '", text,
        "', expected a number from ", low, " to ", high);
  return value;
}

int integer(std::string_view name, const std::string& text, int low, int high) {
  const double value = number(name, text, low, high);
  check(value == std::floor(value), ErrorCode::Usage, name, ": got '", text,
        "', expected whole pixels");
  return static_cast<int>(value);
}

bool yes_or_no(std::string_view name, const std::string& text) {
  check(text == "true" || text == "false", ErrorCode::Usage, name, ": got '", text,
        "', expected true or false");
  return text == "true";
}

}  // namespace

std::span<const std::string_view> compose_option_names() {
  return kNames;
}

void set_compose_option(ComposeOptions& options, std::string_view name, const std::string& value) {
  MaskOptions& mask = options.mask;
  if (name == "color") {
    options.color = color_match(value);
  } else if (name == "mask") {
    mask.kind = mask_kind(value);
  } else if (name == "erosion") {
    mask.erosion = integer(name, value, -200, 200);
  } else if (name == "blur") {
    mask.blur = integer(name, value, 0, 200);
  } else if (name == "feather") {
    mask.feather = number(name, value, 0, 0.5);
  } else if (name == "far-side") {
    mask.far_side = number(name, value, 0, 1);
  } else if (name == "sharpen") {
    options.sharpen = number(name, value, 0, 5);
  } else if (name == "detail") {
    options.detail = number(name, value, 0, 1);
  } else if (name == "match-grain") {
    options.grain = number(name, value, 0, 1);
  } else if (name == "match-blur") {
    options.blur = number(name, value, 0, 1);
  } else if (name == "match-compression") {
    options.compression = number(name, value, 0, 1);
  } else if (name == "seamless") {
    options.seamless = yes_or_no(name, value);
  } else {
    std::string all;
    for (const std::string_view known : kNames)
      all += (all.empty() ? "" : ", ") + std::string(known);
    fail(ErrorCode::Usage, "no option '", name, "' of composing; there are ", all);
  }
}

}  // namespace cameo
