# SPDX-License-Identifier: MIT
# --help of a command (or of `cameo` itself, command == "") as a manual page. Options begin two
# columns in; their help begins in column 37, on the same line where there is room, else on the next.
function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  sub(/^[.']/, "\\\\\\&&", text)
  return text
}
function option(text, names, rest) {
  match(text, /^[^ ]+/)
  names = escaped(substr(text, 1, RLENGTH))
  rest = escaped(substr(text, RLENGTH + 1))
  gsub(/,/, "\\fR, \\fB", names)
  printf ".TP\n\\fB%s\\fR%s\n", names, rest
}
function section(title) { print ".SH " title }
BEGIN {
  name = command == "" ? "cameo" : "cameo-" command
  printf ".TH %s 1 \"\" \"%s\" \"Cameo\"\n", toupper(name), version
  section("NAME")
  print escaped(name " - " summary)
}
command == "" && /^usage: / { section("SYNOPSIS"); print "\\fBcameo\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]"; next }
command == "" && /^commands:/ { section("COMMANDS"); listing = 1; next }
command == "" && /^  [a-z]/ {
  print ".TP\n\\fB" escaped($1) "\\fR"
  sub(/^ *[a-z]+ +/, "")
  print escaped($0)
  next
}
command == "" { if (listing && $0 != "") { if (!told++) section("OPTIONS"); gsub(/`/, ""); print escaped($0) } ; next }
NR == 1 { about = $0; next }
/^Usage: / {
  section("SYNOPSIS")
  sub(/^Usage: cameo [a-z]+ */, "")
  print "\\fBcameo " command "\\fR " escaped($0) "\n.br\n\\fBcameo\\-" command "\\fR " escaped($0)
  section("DESCRIPTION")
  print escaped(about)
  next
}
/^[A-Z][a-z ]*:$/ { sub(/:$/, ""); section(toupper($0)); next }
/^  [^ ]/ {
  if (length($0) > 36 && substr($0, 36, 1) == " ") {
    option(substr($0, 3, 33))
    print escaped(substr($0, 37))
  } else {
    option(substr($0, 3))
  }
  next
}
/^ +[^ ]/ { sub(/^ +/, ""); print escaped($0); next }
/^[^ ]/ { if (!footer++) section("ENVIRONMENT"); print escaped($0) }
END {
  section("EXIT STATUS")
  print "0 done, 1 failed, 2 wrong options, 3 input unreadable, 4 no face found, 5 device or memory, 6 wrong file"
  print "format, 7 some items failed, 8 not marked as synthetic (verify), 128 + signal interrupted after saving."
  section("SEE ALSO")
  print command == "" ? "\\fBcameo\\-train\\fR(1), \\fBcameo\\-doctor\\fR(1)" : "\\fBcameo\\fR(1)"
}
