# How a folder of the tree becomes a target. A new file is a new line in its folder's list.

set(POSTRIDER_PLUGIN_INSTALL_DIR "${CMAKE_INSTALL_LIBDIR}/postrider/plugins")
include("${CMAKE_CURRENT_LIST_DIR}/PostriderPlugin.cmake")
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
foreach(lib IN ITEMS libidn2 libgsasl libcrypt libargon2 sqlite3 libsystemd)
    string(REPLACE "lib" "" short ${lib})
    pkg_check_modules(${short} REQUIRED IMPORTED_TARGET ${lib})
endforeach()
# By hand: Debian's libunbound.pc requires libevent and nettle, whose -dev packages libunbound-dev
# does not bring, and which a shared libunbound does not need.
find_library(POSTRIDER_UNBOUND unbound REQUIRED)
add_library(PkgConfig::unbound UNKNOWN IMPORTED)
set_target_properties(PkgConfig::unbound PROPERTIES IMPORTED_LOCATION "${POSTRIDER_UNBOUND}")

# postrider_common_folder(FOLDER SOURCES... [LINKS...]): one folder of libpostrider.so, as objects.
function(postrider_common_folder folder)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_library(common_${folder} OBJECT ${arg_SOURCES})
    target_link_libraries(common_${folder} PUBLIC ${arg_LINKS})
    target_link_libraries(postrider PRIVATE common_${folder})
endfunction()

# postrider_server_folder(FOLDER SOURCES... [LINKS...]): one folder of the server, a static library
# that may link only what its floor allows.
function(postrider_server_folder folder)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    add_library(server_${folder} STATIC ${arg_SOURCES})
    target_link_libraries(server_${folder} PUBLIC postrider ${arg_LINKS})
endfunction()

# postrider_add_unit_test(NAME SOURCES... [LINKS...]): one doctest program, one ctest entry.
function(postrider_add_unit_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    set(target test_${name})
    add_executable(${target} ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE test_main postrider ${arg_LINKS})
    target_precompile_headers(${target} REUSE_FROM test_main)
    add_test(NAME unit/${name} COMMAND ${target})
    set_tests_properties(unit/${name} PROPERTIES TIMEOUT 300 LABELS unit)
endfunction()

# postrider_embed_sql(FILE): FILE.inc in the build tree holds the text as a string literal, for
# `constexpr std::string_view sql =` / `#include "server/queue/schema/0001.sql.inc"` / `;`.
function(postrider_embed_sql file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    file(READ "${CMAKE_CURRENT_SOURCE_DIR}/${file}" text)
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${file}.inc"
         CONTENT "R\"postrider(@text@)postrider\"\n" @ONLY)
endfunction()
