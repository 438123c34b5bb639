# postrider_add_plugin(KIND NAME SOURCES... [LINKS...]): a plugin library, KIND is courier or hook. One exported symbol, every
# symbol resolved at load. Used in this tree and, installed, by plugins built outside of it.
set(POSTRIDER_PLUGIN_EXPORTS "${CMAKE_CURRENT_LIST_DIR}/plugin-exports.map")

function(postrider_add_plugin kind name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
    set(target ${kind}_${name})
    add_library(${target} MODULE ${arg_SOURCES})
    set_target_properties(${target} PROPERTIES
        PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/postrider/plugins")
    target_compile_features(${target} PRIVATE cxx_std_20)
    target_link_libraries(${target} PRIVATE postrider::postrider ${arg_LINKS})
    target_link_options(${target} PRIVATE
        -Wl,-z,now "-Wl,--version-script=${POSTRIDER_PLUGIN_EXPORTS}")
    # A sanitizer's own symbols come from the program that loads the plugin.
    if(NOT POSTRIDER_SANITIZE)
        target_link_options(${target} PRIVATE -Wl,-z,defs)
    endif()
    install(TARGETS ${target} LIBRARY DESTINATION "${POSTRIDER_PLUGIN_INSTALL_DIR}")
    set_property(GLOBAL APPEND PROPERTY POSTRIDER_PLUGINS ${target})
endfunction()
