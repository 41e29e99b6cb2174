// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cameo {

/// Name of an XMP property.
struct XmpName {
  std::string_view space;  ///< namespace URI
  std::string_view prefix;
  std::string_view name;
};

/// What a property of this name becomes where a packet has one.
enum class XmpMerge {
  Replace,
  Keep,  ///< the one that is there stays, nothing is added
  Join,  ///< "OLD; NEW", once
};

/// A property to write.
struct XmpProperty {
  XmpName name;
  std::string value;
  XmpMerge merge = XmpMerge::Replace;
  bool alternatives = false;  ///< a language alternative (x-default), as dc:description is
};

/// Value of a simple property, or the first item of an array; nothing if the packet has none, or
/// is no XMP that can be read. Source: ISO 16684-1.
std::optional<std::string> xmp_value(std::string_view packet, const XmpName& name);

/// The packet with these properties, as UTF-8, wrapped by `<?xpacket ...?>` without padding. Other
/// properties stay as they are written, whatever their prefixes. An empty packet gives a new one;
/// of one that cannot be read the bytes are kept in base64, in the property `damaged`.
std::string with_xmp_properties(std::string_view packet, std::span<const XmpProperty> properties,
                                const XmpName& damaged);

/// A packet and what a JPEG's ExtendedXMP adds to it, as one packet. Throws Error
/// (ErrorCode::Input) if one of them is no XMP.
std::string joined_xmp(std::string_view packet, std::string_view extended);

/// A packet in two: a standard one of at most `most` bytes, and what the ExtendedXMP of a JPEG
/// takes. The descriptions at the packet's end stay in the first part. name: gives the second
/// part's name, its MD5 in upper case, to which the first one points. Throws Error
/// (ErrorCode::Input) if it is no XMP.
std::pair<std::string, std::string> split_xmp(std::string_view packet, std::size_t most,
                                              std::string (*name)(std::string_view extended));

/// Property of a standard packet that names its ExtendedXMP.
inline constexpr XmpName kHasExtendedXmp{"http://ns.adobe.com/xmp/note/", "xmpNote",
                                         "HasExtendedXMP"};

}  // namespace cameo
