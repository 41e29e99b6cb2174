// SPDX-License-Identifier: MIT
#include "pipeline/media/xmp_packet.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

constexpr XmpName kTitle{"http://purl.org/dc/elements/1.1/", "dc", "title"};
constexpr XmpName kTool{"http://ns.adobe.com/xap/1.0/", "xmp", "CreatorTool"};
constexpr XmpName kRating{"http://ns.adobe.com/xap/1.0/", "xmp", "Rating"};
constexpr XmpName kLost{"urn:test/", "test", "Lost"};

/// A packet with foreign prefixes, properties as attributes and as elements, and padding.
std::string foreign(const std::string& begin = "<rdf2:Description") {
  return "\xEF\xBB\xBF<?xpacket begin='\xEF\xBB\xBF' id='W5M0MpCehiHzreSzNTczkc9d'?>\n"
         "<m:xmpmeta xmlns:m='adobe:ns:meta/' xmlns:d='http://purl.org/dc/elements/1.1/'>"
         "<rdf2:RDF xmlns:rdf2='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>" +
         begin +
         " rdf2:about='uuid:7' xmlns:xap='http://ns.adobe.com/xap/1.0/' xap:Rating='5'"
         " xap:CreatorTool = 'Pen &amp; Ink'>"
         "<d:title><rdf2:Alt><rdf2:li xml:lang='x-default'>Old &lt;title&gt;</rdf2:li>"
         "<rdf2:li xml:lang='de'>Alt</rdf2:li></rdf2:Alt></d:title>"
         "<n:Note xmlns:n='urn:own/'>kept</n:Note></rdf2:Description>"
         "</rdf2:RDF></m:xmpmeta>\n   \n<?xpacket end='w'?>" +
         std::string(3, '\0');
}

std::string set(const std::string& packet, const std::vector<XmpProperty>& properties) {
  return with_xmp_properties(packet, properties, kLost);
}

}  // namespace

TEST_CASE("values are read from attributes, elements and the first item of arrays") {
  CHECK(xmp_value(foreign(), kRating) == "5");
  CHECK(xmp_value(foreign(), kTool) == "Pen & Ink");
  CHECK(xmp_value(foreign(), kTitle) == "Old <title>");
  CHECK_FALSE(xmp_value(foreign(), kLost));
  CHECK_FALSE(xmp_value("no packet", kTitle));
}

TEST_CASE("a merged packet has the new values once and every other one as it was") {
  const std::string merged =
      set(foreign(), {{.name = kTool, .value = "A", .merge = XmpMerge::Join},
                      {.name = kRating, .value = "1"},
                      {.name = kTitle, .value = "T", .merge = XmpMerge::Keep},
                      {.name = kLost, .value = "<&>"}});
  CHECK(xmp_value(merged, kTool) == "Pen & Ink; A");
  CHECK(xmp_value(merged, kRating) == "1");
  CHECK(xmp_value(merged, kTitle) == "Old <title>");
  CHECK(xmp_value(merged, kLost) == "<&>");
  CHECK(contains(merged, "<n:Note xmlns:n='urn:own/'>kept</n:Note>"));
  CHECK(contains(merged, "xml:lang='de'>Alt<"));
  CHECK_FALSE(contains(merged, "xap:Rating"));
  // All descriptions are about the same thing.
  CHECK(contains(merged, "rdf:about=\"uuid:7\""));
  CHECK(merged.find("<?xpacket") == 0);
  CHECK(merged.rfind("<?xpacket") == merged.size() - std::string("<?xpacket end=\"w\"?>").size());
}

TEST_CASE("a property joined again is there once") {
  const std::vector<XmpProperty> tool{{.name = kTool, .value = "A", .merge = XmpMerge::Join}};
  CHECK(xmp_value(set(set(foreign(), tool), tool), kTool) == "Pen & Ink; A");
}

TEST_CASE("a packet that is merged into again and again does not grow") {
  const std::string once = set("", {{.name = kRating, .value = "1"}});
  CHECK(set(once, {{.name = kRating, .value = "1"}}) == once);
  CHECK(set(set(once, {{.name = kRating, .value = "2"}}), {{.name = kRating, .value = "1"}}) ==
        once);
  // A description that says more stays.
  const std::string two = set("", {{.name = kRating, .value = "1"}, {.name = kTool, .value = "A"}});
  CHECK(xmp_value(set(two, {{.name = kRating, .value = "2"}}), kTool) == "A");
}

TEST_CASE("an empty packet, and one whose rdf:RDF is an empty tag, take properties") {
  const std::string empty = "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' />";
  for (const std::string& packet : {std::string(), std::string("\n <?xpacket end='r'?>"), empty}) {
    CAPTURE(packet);
    const std::string merged = set(packet, {{.name = kTitle, .value = "T", .alternatives = true}});
    CHECK(xmp_value(merged, kTitle) == "T");
    CHECK_FALSE(xmp_value(merged, kLost));
  }
}

TEST_CASE("the bytes of a packet that cannot be read are kept in base64") {
  CHECK(xmp_value(set("<rdf", {{.name = kTitle, .value = "T"}}), kLost) == "PHJkZg==");
  CHECK(xmp_value(set("<rdf:", {}), kLost) == "PHJkZjo=");
  CHECK(xmp_value(set("<rdf:R", {}), kLost) == "PHJkZjpS");
}

TEST_CASE("a packet that is too long is split, and joined it has all of its values") {
  const std::string merged = set(foreign(), {{.name = kLost, .value = std::string(500, 'x')}});
  const auto [first, second] =
      split_xmp(merged, merged.size() + 100, [](std::string_view) { return std::string("NAME"); });
  CHECK(first.size() <= merged.size() + 100);
  CHECK(xmp_value(first, kHasExtendedXmp) == "NAME");
  CHECK(xmp_value(first, kLost));
  CHECK_FALSE(xmp_value(first, kTitle));
  CHECK(xmp_value(second, kTitle) == "Old <title>");
  const std::string joined = joined_xmp(first, second);
  CHECK(xmp_value(joined, kTitle) == "Old <title>");
  CHECK(xmp_value(joined, kRating) == "5");
  CHECK(xmp_value(joined, kLost));
  CHECK_FALSE(xmp_value(joined, kHasExtendedXmp));
  CHECK(
      contains(message_of([&] { split_xmp(merged, 100, nullptr); }), "a JPEG's packet takes 100"));
}

TEST_CASE("damaged packets give a packet or an error, never a crash") {
  const std::string whole = foreign();
  const std::vector<XmpProperty> title{{.name = kTitle, .value = "T"}};
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
    CHECK(xmp_value(set(whole.substr(0, bytes), title), kTitle) == "T");
  Random random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = whole;
    for (int k = 0; k < 3; ++k)
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    CAPTURE(damaged);
    CHECK(xmp_value(set(damaged, title), kTitle) == "T");
  }
}
