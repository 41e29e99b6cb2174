# SPDX-License-Identifier: MIT
# Manual pages, written from what each command says of itself, so that they cannot disagree with it.
set(pages)
foreach(command IN ITEMS "" ${CAMEO_COMMANDS})
  string(REGEX REPLACE "-$" "" name "cameo-${command}")
  set(page ${PROJECT_BINARY_DIR}/man/${name}.1)
  add_custom_command(OUTPUT ${page}
    COMMAND ${PROJECT_SOURCE_DIR}/cmake/man_page.sh $<TARGET_FILE:cameo> "${command}" ${page}
    DEPENDS cameo cmake/man_page.sh cmake/man_page.awk VERBATIM)
  list(APPEND pages ${page})
endforeach()
add_custom_target(man_pages ALL DEPENDS ${pages})
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT programs)
