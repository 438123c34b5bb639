# Language, warnings, hardening and sanitizers: what holds for every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()

set(POSTRIDER_SANITIZE "" CACHE STRING "empty, 'address,undefined' or 'thread'")
option(POSTRIDER_FUZZ "build the fuzz targets (clang only)" OFF)

find_program(POSTRIDER_CCACHE ccache)
if(POSTRIDER_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${POSTRIDER_CCACHE}")
endif()

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wswitch-enum -Werror -fno-semantic-interposition)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees overlapping copies in std::string that are not there when it optimises (GCC bug
    # 105651).
    add_compile_options(-Wno-restrict)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,--as-needed)

if(POSTRIDER_FUZZ)
    set(POSTRIDER_SANITIZE "address,undefined")
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(POSTRIDER_SANITIZE)
    add_compile_options(-fsanitize=${POSTRIDER_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${POSTRIDER_SANITIZE})
else()
    add_compile_options(-fstack-protector-strong)
    # _FORTIFY_SOURCE needs an optimising build; glibc warns otherwise.
    add_compile_options($<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()

include_directories("${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
