# SPDX-License-Identifier: MIT
# Debian packages: cameo (programs, manual pages) and libcameo-dev (libraries, headers).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cameo)
set(CAMEO_MAINTAINER "The Cameo developers <cameo@localhost>" CACHE STRING
  "Whom the Debian packages name as their maintainer")
set(CPACK_PACKAGE_CONTACT ${CAMEO_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION video)

set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "Face swapping for images and videos: libraries\nStatic libraries and headers of Cameo's training engine, networks and image stages,\nfor find_package(Cameo).")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libcameo-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(development_packages libdnnl-dev)
if(CAMEO_HAS_KERAS)
  list(APPEND development_packages pkg-config libhdf5-dev libzip-dev)
endif()
if(CAMEO_HAS_ONNX)
  list(APPEND development_packages pkg-config libonnx-dev libprotobuf-dev)
endif()
if(TARGET cameo_pipeline)
  list(APPEND development_packages pkg-config libopencv-dev libdlib-dev libssl-dev libavformat-dev libavcodec-dev
    libavutil-dev libswscale-dev libjpeg-dev libpng-dev libdeflate-dev libtiff-dev libwebp-dev liblcms2-dev)
endif()
if(CAMEO_HAS_HEIF)
  list(APPEND development_packages libheif-dev)
endif()
list(REMOVE_DUPLICATES development_packages)
list(JOIN development_packages ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)

if(CAMEO_TOOLS)
  list(APPEND CPACK_COMPONENTS_ALL programs)
  set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION
    "Face swapping for images and videos\nFinds faces, trains a network on two people's faces and draws one person's face into the\nother's images or videos, without Python and without a GPU.")
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME cameo)
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
  # The landmarks' model, which extracting faces asks for.
  set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS "libdlib-data, libopenblas0-pthread | libopenblas0")
endif()
include(CPack)
