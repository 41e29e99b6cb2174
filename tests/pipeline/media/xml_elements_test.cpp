// SPDX-License-Identifier: MIT
#include "pipeline/media/xml_elements.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

TEST_CASE("elements and attributes are known by their namespaces, whatever the prefixes") {
  const std::string text =
      "<?xml version=\"1.0\"?><!-- <a> --><q:a xmlns:q='urn:1' xmlns='urn:2' q:x = \"1\" y='2'>"
      "<b/><q:c xmlns:q=\"urn:3\">t<![CDATA[<d>]]></q:c></q:a>";
  const auto all = xml_elements(text);
  REQUIRE(all.size() == 3);
  CHECK(all[0].is("urn:1", "a"));
  CHECK(all[1].is("urn:2", "b"));
  CHECK(all[2].is("urn:3", "c"));
  CHECK(all[2].parent == 0);
  REQUIRE(all[0].attribute("urn:1", "x") != nullptr);
  CHECK(all[0].attribute("urn:1", "x")->value == "1");
  CHECK(all[0].attribute("", "y") != nullptr);  // the default namespace is not for attributes
  CHECK(xml_text(text.substr(all[2].inner_begin, all[2].inner_end - all[2].inner_begin)) == "t<d>");
  CHECK(text.substr(all[1].begin, all[1].end - all[1].begin) == "<b/>");
}

TEST_CASE("text survives being written and read") {
  const std::string text = "a < b & \"c\" > '\xC3\xA9' \xF0\x9F\x98\x80\n";
  CHECK(xml_text(xml_escaped(text)) == text);
  CHECK(xml_text("&#65;&#x1F600;&nothing;&amp") == "A\xF0\x9F\x98\x80&nothing;&amp");
  CHECK(xml_escaped("\x01\xFF\xC3") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("a document that is not well-formed, has a type or goes too deep is refused") {
  std::string deep;
  for (int i = 0; i < 101; ++i) deep += "<a>";
  for (const std::string& text :
       {std::string("<a>"), std::string("</a>"), std::string("<a></b>"), std::string("<a b>"),
        std::string("<a b=1/>"), std::string("<a b=\"<\"/>"), std::string("<q:a/>"),
        std::string("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), std::string("<a"), std::string("<"),
        std::string("<a b='1'c='2'/>"), std::string("<!-- "), deep}) {
    CAPTURE(text);
    CHECK(contains(message_of([&] { xml_elements(text); }), "XML: "));
  }
}
