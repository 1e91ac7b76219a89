# One way to declare a library and one way to declare its tests, so that every module is built,
# warned about and tested alike.
#
#   tflab_module(control-core/bgp SOURCES ... DEPS control-core/types vrouter-core/base)
#   tflab_test(control-core/bgp SOURCES fsm_test.cc ... DEPS ...)
#   tflab_test(rfc7606 SOURCES ... DEPS control-core/bgp)    tests of their own name, not a module's
#
# DEPS must already be declared: the order of add_subdirectory() is the order of the layers.
# Sources are named from the module's own folder, tests from tests/unit/<module>/.

set(TFLAB_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion)

function(tflab_module path)
  cmake_parse_arguments(ARG "FREESTANDING" "" "SOURCES;DEPS;SYSTEM" ${ARGN})
  string(REPLACE "/" "." name "tflab.${path}")
  set(kind STATIC)
  set(scope PUBLIC)
  if(NOT ARG_SOURCES)
    set(kind INTERFACE)
    set(scope INTERFACE)
  endif()

  list(TRANSFORM ARG_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/${path}/")
  add_library(${name} ${kind} ${ARG_SOURCES})
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR})
  target_compile_features(${name} ${scope} cxx_std_20)
  foreach(dep IN LISTS ARG_DEPS)
    string(REPLACE "/" "." below "tflab.${dep}")
    if(NOT TARGET ${below})
      message(FATAL_ERROR "${path} is declared before ${dep}, which it stands on")
    endif()
    target_link_libraries(${name} ${scope} ${below})
  endforeach()
  target_link_libraries(${name} ${scope} ${ARG_SYSTEM})

  if(ARG_SOURCES)
    target_compile_options(${name} PRIVATE ${TFLAB_WARNINGS})
    # The kernel compiles the forwarding core source by source, and so do we.
    if(TFLAB_UNITY AND NOT ARG_FREESTANDING)
      set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
      target_compile_options(${name} PRIVATE -Wno-subobject-linkage)  # it takes all but the first for headers
    endif()
    if(ARG_FREESTANDING)
      # Two counters side by side are two additions in memory; in a vector they are five instructions, and a kernel has none.
      target_compile_options(${name} PRIVATE -ffreestanding -fno-exceptions -fno-rtti -fno-tree-slp-vectorize)
    endif()
  endif()
endfunction()

function(tflab_test path)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;SYSTEM" ${ARGN})
  if(NOT BUILD_TESTING)
    return()
  endif()
  string(REPLACE "/" "." name "unit.${path}")
  list(TRANSFORM ARG_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/tests/unit/${path}/")
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  foreach(dep IN LISTS ARG_DEPS ITEMS ${path})
    string(REPLACE "/" "." below "tflab.${dep}")
    if(TARGET ${below})
      target_link_libraries(${name} PRIVATE ${below})
    endif()
  endforeach()
  target_link_libraries(${name} PRIVATE ${ARG_SYSTEM} tflab.test-dsl GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM tflab.test-dsl)
  target_compile_options(${name} PRIVATE -fpch-preprocess)  # so that ccache may keep what is made
  gtest_discover_tests(${name} TEST_PREFIX "${path}/" DISCOVERY_TIMEOUT 60)
endfunction()
