# What a plugin is built with outside of this tree: headers, libpostrider, find_package(postrider).
include(CMakePackageConfigHelpers)
set(POSTRIDER_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/postrider")

# The floors that the plugin API stands on; storage is the server's own.
foreach(folder IN ITEMS base mail dns net plugin)
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/common/${folder}"
            DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/postrider/common"
            COMPONENT development FILES_MATCHING PATTERN "*.h")
endforeach()

install(TARGETS postrider EXPORT postriderTargets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library
                NAMELINK_COMPONENT development
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/postrider")
install(EXPORT postriderTargets NAMESPACE postrider:: DESTINATION "${POSTRIDER_CMAKE_DIR}"
        COMPONENT development)

configure_package_config_file("${PROJECT_SOURCE_DIR}/packaging/cmake/postriderConfig.cmake.in"
    "${CMAKE_BINARY_DIR}/postriderConfig.cmake" INSTALL_DESTINATION "${POSTRIDER_CMAKE_DIR}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/postriderConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/postriderConfig.cmake"
              "${CMAKE_BINARY_DIR}/postriderConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/packaging/cmake/PostriderPlugin.cmake"
              "${PROJECT_SOURCE_DIR}/packaging/cmake/plugin-exports.map"
        DESTINATION "${POSTRIDER_CMAKE_DIR}" COMPONENT development)
