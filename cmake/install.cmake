# SPDX-License-Identifier: MIT
# `cmake --install`: programs, manual pages, libraries with their headers, and what find_package(Cameo)
# needs. `cpack`: the same as two Debian packages, cameo and libcameo-dev. Included last.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Cameo)

# Each room is one export of its own, so that a consumer of the engine needs no image libraries.
# cameo_install(ROOM TARGETS...): also names the targets cameo::base and so on.
function(cameo_install room)
  foreach(target IN LISTS ARGN)
    string(REPLACE cameo_ "" name ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  endforeach()
  install(TARGETS ${ARGN} EXPORT Cameo-${room}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(EXPORT Cameo-${room} NAMESPACE cameo:: FILE Cameo-${room}.cmake
    DESTINATION ${cmake_dir} COMPONENT development)
endfunction()

get_target_property(links cameo_model LINK_LIBRARIES)
foreach(format IN ITEMS KERAS=PkgConfig::HDF5 ONNX=PkgConfig::PROTOBUF)
  string(REPLACE "=" ";" format ${format})
  list(GET format 0 name)
  list(GET format 1 library)
  string(FIND "${links}" ${library} found)
  set(CAMEO_HAS_${name} OFF)
  if(NOT found EQUAL -1)
    set(CAMEO_HAS_${name} ON)
  endif()
endforeach()

set(engine cameo_options cameo_base cameo_cpu cameo_kernels cameo_engine)
if(CAMEO_HAS_CUDA)
  list(APPEND engine cameo_cuda)
endif()
target_include_directories(cameo_options INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
cameo_install(engine ${engine})
cameo_install(model cameo_model)
set(CAMEO_ROOMS base kernels engine model)
set(CAMEO_HAS_HEIF OFF)
if(TARGET cameo_pipeline)
  get_target_property(links cameo_pipeline LINK_LIBRARIES)
  if(links MATCHES PkgConfig::HEIF)
    set(CAMEO_HAS_HEIF ON)
  endif()
  cameo_install(pipeline cameo_pipeline)
  list(APPEND CAMEO_ROOMS pipeline)
endif()

configure_package_config_file(cmake/CameoConfig.cmake.in generated/CameoConfig.cmake
  INSTALL_DESTINATION ${cmake_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(generated/CameoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/generated/CameoConfig.cmake ${PROJECT_BINARY_DIR}/generated/CameoConfigVersion.cmake
  DESTINATION ${cmake_dir} COMPONENT development)

# The sources include "engine/graph.h"; that is too common a name for a folder of everybody's. Installed
# headers include "cameo/engine/graph.h", and so does who uses them.
configure_file(cmake/install_headers.cmake.in generated/install_headers.cmake @ONLY)
install(SCRIPT ${PROJECT_BINARY_DIR}/generated/install_headers.cmake COMPONENT development)

if(CAMEO_TOOLS)
  install(TARGETS cameo RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  foreach(name IN LISTS CAMEO_COMMANDS)
    install(PROGRAMS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/cameo-${name}
      DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
  endforeach()
  include(cmake/man_pages.cmake)
  install(PROGRAMS weights/fetch.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/cameo RENAME fetch-models
    COMPONENT programs)
  file(GLOB bases weights/base-*.safetensors)
  install(FILES weights/manifest.txt weights/bases.txt ${bases} DESTINATION ${CMAKE_INSTALL_DATADIR}/cameo COMPONENT programs)
endif()
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT programs)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libcameo-dev RENAME copyright
  COMPONENT development)

include(cmake/package.cmake)
