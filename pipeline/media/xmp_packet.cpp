// SPDX-License-Identifier: MIT
#include "pipeline/media/xmp_packet.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

#include "base/error.h"
#include "pipeline/media/xml_elements.h"

namespace cameo {
namespace {

constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
constexpr std::string_view kBegin =
    "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n";
constexpr std::string_view kEnd = "\n<?xpacket end=\"w\"?>";
constexpr std::string_view kEmpty =
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
    " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
    " </rdf:RDF>\n</x:xmpmeta>";

/// A range of text and what it becomes.
struct Edit {
  std::size_t begin, end;
  std::string text;
};

std::string edited(std::string_view text, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::string result;
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    result += text.substr(at, edit.begin - at);
    result += edit.text;
    at = edit.end;
  }
  return result += text.substr(at);
}

/// The packet without wrapper, padding and byte order mark.
std::string_view bare(std::string_view packet) {
  const auto trim = [&packet](std::string_view characters) {
    const std::size_t first = std::min(packet.find_first_not_of(characters), packet.size());
    packet = packet.substr(first, packet.find_last_not_of(characters) + 1 - first);
  };
  constexpr std::string_view kBlank(" \t\r\n\0", 5);
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  trim(kBlank);
  if (packet.starts_with(kMark)) packet.remove_prefix(kMark.size());
  trim(kBlank);
  while (packet.starts_with("<?") && packet.find("?>") != std::string_view::npos) {
    packet.remove_prefix(packet.find("?>") + 2);
    trim(kBlank);
  }
  if (packet.ends_with("?>"))
    if (const std::size_t begin = packet.rfind("<?xpacket"); begin != std::string_view::npos)
      packet = packet.substr(0, begin);
  trim(kBlank);
  return packet;
}

/// A packet's text and where its rdf:RDF is.
class Packet {
 public:
  /// Throws Error (ErrorCode::Input) if it is no XMP.
  explicit Packet(std::string_view packet) : text(bare(packet)), elements(xml_elements(text)) {
    const auto found = std::find_if(elements.begin(), elements.end(),
                                    [](const XmlElement& e) { return e.is(kRdf, "RDF"); });
    check(found != elements.end(), ErrorCode::Input, "XMP: no rdf:RDF in ", text.size(), " bytes");
    rdf = static_cast<std::size_t>(found - elements.begin());
    for (std::size_t i = rdf + 1; i < elements.size(); ++i)
      if (elements[i].parent == rdf) nodes.push_back(i);
  }

  /// Calls `attribute(node, attribute)` and `element(index)` for each property of this name.
  template <class OfAttribute, class OfElement>
  void each(const XmpName& name, OfAttribute attribute, OfElement element) const {
    for (const std::size_t node : nodes)
      for (const XmlAttribute& candidate : elements[node].attributes)
        if (candidate.space == name.space && candidate.name == name.name) attribute(candidate);
    for (std::size_t i = rdf + 1; i < elements.size(); ++i) {
      const auto parent = elements[i].parent;
      if (parent && elements[*parent].parent == rdf && elements[i].is(name.space, name.name))
        element(i);
    }
  }

  std::optional<std::string> value(const XmpName& name) const {
    std::optional<std::string> found;
    each(
        name,
        [&](const XmlAttribute& attribute) {
          if (!found) found = xml_text(attribute.value);
        },
        [&](std::size_t i) {
          if (!found) found = text_of(i);
        });
    return found;
  }

  /// Cuts every property of this name out.
  void remove(const XmpName& name, std::vector<Edit>& edits) const {
    each(
        name,
        [&](const XmlAttribute& attribute) {
          edits.push_back({attribute.begin, attribute.end, ""});
        },
        [&](std::size_t i) {
          edits.push_back({elements[i].begin, elements[i].end, ""});
        });
  }

  /// Cuts out whole descriptions of which the edits would leave nothing: a packet that is merged
  /// into again and again would gather empty ones.
  void remove_emptied(std::vector<Edit>& edits) const {
    std::set<std::size_t> cuts;
    for (const Edit& edit : edits) cuts.insert(edit.begin);
    std::vector<Edit> whole;
    for (const std::size_t node : nodes) {
      const XmlElement& e = elements[node];
      bool cut = false;
      bool left = false;
      for (const XmlAttribute& attribute : e.attributes)
        if (attribute.name != "about") (cuts.contains(attribute.begin) ? cut : left) = true;
      for (std::size_t i = node + 1; i < elements.size() && elements[i].begin < e.end; ++i)
        if (elements[i].parent == node) (cuts.contains(elements[i].begin) ? cut : left) = true;
      if (!cut || left) continue;
      std::size_t begin = e.begin;
      while (begin > 0 && text[begin - 1] == ' ') --begin;
      whole.push_back({begin, e.end + (text.substr(e.end, 1) == "\n" ? 1 : 0), ""});
    }
    std::erase_if(edits, [&](const Edit& edit) {
      const auto after =
          std::upper_bound(whole.begin(), whole.end(), edit.begin,
                           [](std::size_t begin, const Edit& one) { return begin < one.begin; });
      return after != whole.begin() && edit.end <= std::prev(after)->end;
    });
    edits.insert(edits.end(), whole.begin(), whole.end());
  }

  /// Adds text at the end of rdf:RDF.
  void append(std::string inner, std::vector<Edit>& edits) const {
    const XmlElement& e = elements[rdf];
    if (e.inner_begin < e.end) {
      edits.push_back({e.inner_end, e.inner_end, std::move(inner)});
      return;
    }
    const std::size_t slash = e.end - 2;  // <rdf:RDF ... />
    edits.push_back({slash, e.end, ">" + std::move(inner) + "</" + std::string(e.prefixed) + ">"});
  }

  /// The resource that the packet is about, as written: all descriptions must name the same.
  std::string_view about() const {
    for (const std::size_t node : nodes)
      for (const std::string_view space : {kRdf, std::string_view()})
        if (const XmlAttribute* found = elements[node].attribute(space, "about"))
          return found->value;
    return "";
  }

  /// Namespaces that elements around a description declare and it does not, as attributes.
  std::string declarations_around(std::size_t node) const {
    std::string written;
    std::vector<std::string_view> known;
    for (std::optional<std::size_t> at = node; at; at = elements[*at].parent) {
      for (const XmlDeclaration& one : elements[*at].declarations) {
        if (std::find(known.begin(), known.end(), one.prefix) != known.end()) continue;
        known.push_back(one.prefix);
        if (*at != node) written.append(" ").append(one.written);
      }
    }
    return written;
  }

  std::string_view text;
  std::vector<XmlElement> elements;
  std::size_t rdf = 0;
  std::vector<std::size_t> nodes;  // descriptions, by index

 private:
  /// The text of a property: its own, or that of the first item in it.
  std::string text_of(std::size_t i) const {
    if (const XmlAttribute* found = elements[i].attribute(kRdf, "resource"))
      return xml_text(found->value);
    while (i + 1 < elements.size() && elements[i + 1].parent == i) ++i;
    const XmlElement& e = elements[i];
    return xml_text(text.substr(e.inner_begin, e.inner_end - e.inner_begin));
  }
};

std::string wrapped(std::string_view body) {
  return std::string(kBegin).append(body).append(kEnd);
}

std::string description(std::string_view about, const std::vector<XmpProperty>& properties) {
  std::string spaces, inner;
  for (const XmpProperty& property : properties) {
    const std::string prefix(property.name.prefix);
    const std::string space = " xmlns:" + prefix + "=\"" + std::string(property.name.space) + "\"";
    if (spaces.find(space) == std::string::npos) spaces += "\n    " + space.substr(1);
    const std::string tag = prefix + ":" + std::string(property.name.name);
    std::string value = xml_escaped(property.value);
    if (property.alternatives)
      value = "<rdf:Alt><rdf:li xml:lang=\"x-default\">" + value + "</rdf:li></rdf:Alt>";
    inner += "\n   <" + tag + ">" + value + "</" + tag + ">";
  }
  return " <rdf:Description rdf:about=\"" + std::string(about) + "\"\n    xmlns:rdf=\"" +
         std::string(kRdf) + "\"" + spaces + ">" + inner + "\n  </rdf:Description>\n ";
}

bool has_item(std::string_view list, std::string_view item) {
  for (;;) {
    const std::size_t end = list.find("; ");
    if (list.substr(0, end) == item) return true;
    if (end == std::string_view::npos) return false;
    list.remove_prefix(end + 2);
  }
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < 3; ++i)
      three =
          three << 8U | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint32_t digit = three >> (18U - 6U * static_cast<unsigned>(i)) & 0x3FU;
      text += at + i <= bytes.size() ? kDigits[digit] : '=';
    }
  }
  return text;
}

std::string merged(const Packet& packet, std::span<const XmpProperty> properties) {
  std::vector<Edit> edits;
  std::vector<XmpProperty> added;
  for (XmpProperty property : properties) {
    const std::optional<std::string> old = packet.value(property.name);
    if (old && property.merge == XmpMerge::Keep) continue;
    if (old && property.merge == XmpMerge::Join && !old->empty())
      property.value = has_item(*old, property.value) ? *old : *old + "; " + property.value;
    packet.remove(property.name, edits);
    added.push_back(std::move(property));
  }
  packet.remove_emptied(edits);
  if (!added.empty()) packet.append(description(packet.about(), added), edits);
  return wrapped(edited(packet.text, std::move(edits)));
}

}  // namespace

std::optional<std::string> xmp_value(std::string_view packet, const XmpName& name) {
  try {
    return Packet(packet).value(name);
  } catch (const Error&) {
    return {};
  }
}

std::string with_xmp_properties(std::string_view packet, std::span<const XmpProperty> properties,
                                const XmpName& damaged) {
  if (bare(packet).empty()) return merged(Packet(kEmpty), properties);
  std::optional<Packet> read;
  try {
    read.emplace(packet);
  } catch (const Error&) {
    std::vector<XmpProperty> all(properties.begin(), properties.end());
    all.push_back({.name = damaged, .value = base64(packet)});
    return merged(Packet(kEmpty), all);
  }
  return merged(*read, properties);
}

std::string joined_xmp(std::string_view packet, std::string_view extended) {
  const Packet first(packet), second(extended);
  std::vector<Edit> edits;
  first.remove(kHasExtendedXmp, edits);
  std::string nodes;
  // Prefixes may be declared around the descriptions: each of those declares its own.
  for (const std::size_t i : second.nodes) {
    const XmlElement& node = second.elements[i];
    std::string text(second.text.substr(node.begin, node.end - node.begin));
    const std::string spaces = second.declarations_around(i);
    nodes += " " + text.insert(1 + node.prefixed.size(), spaces) + "\n ";
  }
  first.append(std::move(nodes), edits);
  return wrapped(edited(first.text, std::move(edits)));
}

std::pair<std::string, std::string> split_xmp(std::string_view packet, std::size_t most,
                                              std::string (*name)(std::string_view extended)) {
  constexpr std::size_t kPointer = 400;  // bytes of the description that names the other part
  const Packet all(packet);
  std::size_t bytes = all.text.size() + kBegin.size() + kEnd.size() + kPointer;
  std::vector<bool> moves(all.nodes.size(), false);
  for (std::size_t i = 0; i < all.nodes.size() && bytes > most; ++i) {
    const XmlElement& node = all.elements[all.nodes[i]];
    moves[i] = true;
    bytes -= node.end - node.begin;
  }
  check(bytes <= most, ErrorCode::Input, "XMP: ", all.text.size(), " bytes, of which ", bytes,
        " lie in no description; a JPEG's packet takes ", most);
  std::vector<Edit> first, second;
  for (std::size_t i = 0; i < all.nodes.size(); ++i) {
    const XmlElement& node = all.elements[all.nodes[i]];
    (moves[i] ? first : second).push_back({node.begin, node.end, ""});
  }
  std::string extended = edited(all.text, std::move(second));
  const std::vector<XmpProperty> pointer{{.name = kHasExtendedXmp, .value = name(extended)}};
  all.append(description(all.about(), pointer), first);
  return {wrapped(edited(all.text, std::move(first))), std::move(extended)};
}

}  // namespace cameo
