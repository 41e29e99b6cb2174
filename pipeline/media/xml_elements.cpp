// SPDX-License-Identifier: MIT
#include "pipeline/media/xml_elements.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <tuple>
#include <utility>

#include "base/error.h"

namespace cameo {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::size_t kNone = std::string_view::npos;

/// A namespace declaration in scope.
struct Binding {
  std::string_view prefix, uri;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<XmlElement> run() {
    for (std::size_t at = text_.find('<'); at != kNone; at = text_.find('<', at)) at = markup(at);
    require(open_.empty(), text_.size(), "an element has no end");
    return std::move(elements_);
  }

 private:
  struct Level {
    std::size_t element, bindings;
  };
  struct RawAttribute {
    std::string_view name;
    XmlAttribute attribute;
  };

  static void require(bool ok, std::size_t at, const char* what) {
    check(ok, ErrorCode::Input, "XML: ", what, " (byte ", at, ")");
  }

  bool starts(std::size_t at, std::string_view with) const {
    return text_.substr(at).starts_with(with);
  }

  std::size_t behind(std::size_t at, std::string_view mark) const {
    const std::size_t found = text_.find(mark, at);
    require(found != kNone, at, "a tag, comment or section has no end");
    return found + mark.size();
  }

  /// Reads what begins with `<` and returns the place behind it.
  std::size_t markup(std::size_t at) {
    if (starts(at, "<!--")) return behind(at + 4, "-->");
    if (starts(at, "<![CDATA[")) return behind(at, "]]>");
    if (starts(at, "<?")) return behind(at, "?>");
    require(!starts(at, "<!"), at, "a document type is not allowed");
    return starts(at, "</") ? close(at) : open(at);
  }

  std::size_t skip_spaces(std::size_t at) const {
    const std::size_t found = text_.find_first_not_of(kSpaces, at);
    require(found != kNone, at, "a tag has no end");
    return found;
  }

  std::string_view name_at(std::size_t at) const {
    const std::size_t end = text_.find_first_of(" \t\r\n=/><\"'", at);
    require(end != kNone && end > at, at, "a name is missing");
    return text_.substr(at, end - at);
  }

  std::size_t close(std::size_t at) {
    const std::string_view name = name_at(at + 2);
    require(!open_.empty() && elements_[open_.back().element].prefixed == name, at,
            "an end tag without its start");
    const std::size_t last = skip_spaces(at + 2 + name.size());
    require(text_[last] == '>', at, "a damaged end tag");
    XmlElement& element = elements_[open_.back().element];
    element.inner_end = at;
    element.end = last + 1;
    leave();
    return last + 1;
  }

  void leave() {
    bindings_.resize(open_.back().bindings);
    open_.pop_back();
  }

  std::size_t open(std::size_t at) {
    constexpr std::size_t kMostLevels = 100;
    constexpr std::size_t kMostElements = std::size_t{1} << 20U;
    require(open_.size() < kMostLevels && elements_.size() < kMostElements, at,
            "too many elements or levels");
    XmlElement element;
    element.begin = at;
    element.prefixed = name_at(at + 1);
    if (!open_.empty()) element.parent = open_.back().element;
    open_.push_back({elements_.size(), bindings_.size()});
    std::vector<RawAttribute> attributes;
    std::size_t end =
        read_attributes(at + 1 + element.prefixed.size(), attributes, element.declarations);
    const bool empty = text_[end] == '/';
    if (empty) ++end;
    require(end < text_.size() && text_[end] == '>', at, "a damaged start tag");
    std::tie(element.space, element.name) = resolved(element.prefixed, true, at);
    for (RawAttribute& raw : attributes) {
      std::tie(raw.attribute.space, raw.attribute.name) = resolved(raw.name, false, at);
      element.attributes.push_back(raw.attribute);
    }
    element.inner_begin = element.inner_end = element.end = end + 1;
    elements_.push_back(std::move(element));
    if (empty) leave();
    return end + 1;
  }

  /// Reads attributes up to the tag's `>` or `/` and returns its place.
  std::size_t read_attributes(std::size_t at, std::vector<RawAttribute>& attributes,
                              std::vector<XmlDeclaration>& declarations) {
    constexpr std::size_t kMostBindings = 256;
    for (;;) {
      const std::size_t before = at;
      at = skip_spaces(at);
      if (text_[at] == '>' || text_[at] == '/') return at;
      require(at > before, at, "attributes need space between them");
      const std::string_view name = name_at(at);
      const std::size_t begin = at;
      at = skip_spaces(at + name.size());
      require(text_[at] == '=', at, "an attribute has no value");
      at = skip_spaces(at + 1);
      const char quote = text_[at];
      require(quote == '"' || quote == '\'', at, "an attribute's value is not quoted");
      const std::size_t end = text_.find(quote, at + 1);
      require(end != kNone, at, "an attribute's value has no end");
      const std::string_view value = text_.substr(at + 1, end - at - 1);
      require(value.find('<') == kNone, at, "an attribute's value has a <");
      at = end + 1;
      if (name == "xmlns" || name.starts_with("xmlns:")) {
        require(bindings_.size() < kMostBindings, at, "too many namespaces");
        bindings_.push_back({name.size() > 5 ? name.substr(6) : "", value});
        declarations.push_back({bindings_.back().prefix, text_.substr(begin, at - begin)});
      } else {
        attributes.push_back({name, {.value = value, .begin = before, .end = at}});
      }
    }
  }

  /// Namespace and local name. An attribute without a prefix is in no namespace.
  std::pair<std::string_view, std::string_view> resolved(std::string_view name, bool element,
                                                         std::size_t at) const {
    const std::size_t colon = name.find(':');
    const std::string_view prefix = colon == kNone ? "" : name.substr(0, colon);
    const std::string_view local = colon == kNone ? name : name.substr(colon + 1);
    if (prefix == "xml") return {"http://www.w3.org/XML/1998/namespace", local};
    if (prefix.empty() && !element) return {"", local};
    for (auto binding = bindings_.rbegin(); binding != bindings_.rend(); ++binding)
      if (binding->prefix == prefix) return {binding->uri, local};
    require(prefix.empty(), at, "a prefix has no namespace");
    return {"", local};
  }

  std::string_view text_;
  std::vector<XmlElement> elements_;
  std::vector<Level> open_;
  std::vector<Binding> bindings_;
};

void append_utf8(std::string& to, std::uint32_t code) {
  const auto tail = [&](unsigned shift) {
    to += static_cast<char>(0x80U | (code >> shift & 0x3FU));
  };
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xC0U | code >> 6U);
    tail(0);
  } else if (code < 0x10000) {
    to += static_cast<char>(0xE0U | code >> 12U);
    tail(6);
    tail(0);
  } else {
    to += static_cast<char>(0xF0U | code >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Appends what `&name;` stands for; false if that is nothing.
bool append_entity(std::string& to, std::string_view name) {
  constexpr std::pair<std::string_view, char> kKnown[] = {
      {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : kKnown) {
    if (name != known) continue;
    to += character;
    return true;
  }
  if (!name.starts_with('#')) return false;
  const bool hex = name.size() > 1 && name[1] == 'x';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  const bool valid = error == std::errc() && end == digits.data() + digits.size() && code > 0 &&
                     code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (valid) append_utf8(to, code);
  return valid;
}

/// Bytes of the UTF-8 character at the beginning; 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) return 0;
  return length;
}

}  // namespace

const XmlAttribute* XmlElement::attribute(std::string_view uri, std::string_view local) const {
  for (const XmlAttribute& candidate : attributes)
    if (candidate.space == uri && candidate.name == local) return &candidate;
  return nullptr;
}

std::vector<XmlElement> xml_elements(std::string_view text) {
  return Parser(text).run();
}

std::string xml_text(std::string_view written) {
  constexpr std::string_view kData = "<![CDATA[", kDataEnd = "]]>", kComment = "<!--";
  constexpr std::size_t kLongestEntity = 10;
  std::string text;
  for (std::size_t at = 0; at < written.size();) {
    const std::string_view rest = written.substr(at);
    if (rest.starts_with(kData)) {
      const std::size_t end = std::min(rest.find(kDataEnd), rest.size());
      text += rest.substr(kData.size(), end - kData.size());
      at += std::min(end + kDataEnd.size(), rest.size());
    } else if (rest.starts_with(kComment)) {
      const std::size_t end = rest.find("-->", kComment.size());
      at += end == kNone ? rest.size() : end + 3;
    } else if (const std::size_t end = rest.substr(0, kLongestEntity).find(';');
               rest.front() == '&' && end != kNone &&
               append_entity(text, rest.substr(1, end - 1))) {
      at += end + 1;
    } else {
      text += rest.front();
      ++at;
    }
  }
  return text;
}

std::string xml_escaped(std::string_view text) {
  std::string written;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    if (length == 0 || control)
      written += "\xEF\xBF\xBD";
    else if (byte == '<')
      written += "&lt;";
    else if (byte == '>')
      written += "&gt;";
    else if (byte == '&')
      written += "&amp;";
    else if (byte == '"')
      written += "&quot;";
    else
      written += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return written;
}

}  // namespace cameo
