// SPDX-License-Identifier: MIT
#pragma once
// The elements of an XML document as places in its text, so that it can be edited in place.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cameo {

/// Attribute of an element, namespace declarations left out.
struct XmlAttribute {
  std::string_view space;  ///< namespace URI; empty: none
  std::string_view name;   ///< without prefix
  std::string_view value;  ///< as written, see xml_text
  std::size_t begin = 0;   ///< of name, value and the white space before them
  std::size_t end = 0;
};

/// Namespace declaration.
struct XmlDeclaration {
  std::string_view prefix;   ///< empty: of names without one
  std::string_view written;  ///< `xmlns:prefix="uri"`
};

/// Element of an XML document.
struct XmlElement {
  std::string_view space;       ///< namespace URI
  std::string_view name;        ///< without prefix
  std::string_view prefixed;    ///< with it
  std::size_t begin = 0;        ///< of its start tag
  std::size_t inner_begin = 0;  ///< behind its start tag
  std::size_t inner_end = 0;    ///< where its end tag begins; inner_begin of an empty-element tag
  std::size_t end = 0;          ///< behind its end tag
  std::optional<std::size_t> parent;  ///< index
  std::vector<XmlAttribute> attributes;
  std::vector<XmlDeclaration> declarations;

  bool is(std::string_view uri, std::string_view local) const {
    return space == uri && name == local;
  }
  const XmlAttribute* attribute(std::string_view uri, std::string_view local) const;
};

/// The elements of a document in their order, with namespaces resolved; views of `text`. A document
/// type is refused, and so is what no XMP packet has: more than 100 levels, 256 namespaces in scope
/// or 2^20 elements. Throws Error (ErrorCode::Input) if it is not well-formed.
std::vector<XmlElement> xml_elements(std::string_view text);

/// The text of a value as written: predefined and numeric entities replaced, CDATA sections taken
/// as they are, comments left out.
std::string xml_text(std::string_view written);

/// Text as it is written in an attribute or an element. Characters that XML has not become U+FFFD.
std::string xml_escaped(std::string_view text);

}  // namespace cameo
