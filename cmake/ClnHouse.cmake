# SPDX-License-Identifier: Apache-2.0
#
# ClnHouse.cmake - how every part of the house is built.
#
#   cln_library(NAME SOURCES... [LIBS ...])      one static library per layer
#   cln_program(NAME SOURCES... [LIBS ...])      an installed program
#   cln_unit_test(NAME SOURCES... [LIBS ...])    a Criterion test, run by ctest
#   cln_fuzz_target(NAME SOURCES... [LIBS ...])  a libFuzzer target, run briefly by ctest

find_package(PkgConfig REQUIRED)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CLN_CCACHE ccache)
if(CLN_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
	set(CMAKE_C_COMPILER_LAUNCHER ${CLN_CCACHE})
endif()

add_library(cln_flags INTERFACE)
target_compile_options(cln_flags INTERFACE
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wpointer-arith -Wvla -Wwrite-strings -Wformat=2 -Wimplicit-fallthrough
	-Wundef -fno-common -fstack-protector-strong)
target_compile_definitions(cln_flags INTERFACE
	_GNU_SOURCE CLN_VERSION="${PROJECT_VERSION}")
# Every include names its folder: #include "common/err.h". The wall check reads them.
target_include_directories(cln_flags INTERFACE
	${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})

function(cln_library name)
	cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
	add_library(${name} STATIC ${A_UNPARSED_ARGUMENTS})
	target_link_libraries(${name} PUBLIC cln_flags ${A_LIBS})
endfunction()

function(cln_program name)
	cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
	add_executable(${name} ${A_UNPARSED_ARGUMENTS})
	target_link_libraries(${name} PRIVATE cln_flags ${A_LIBS})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
	install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	set_property(GLOBAL APPEND PROPERTY CLN_PROGRAMS ${name})
endfunction()

function(cln_unit_test name)
	cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
	pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
	add_executable(unit-${name} ${A_UNPARSED_ARGUMENTS})
	target_link_libraries(unit-${name} PRIVATE cln_flags ${A_LIBS} PkgConfig::CRITERION)
	add_test(NAME unit-${name} COMMAND unit-${name})
	set_tests_properties(unit-${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# The same source builds without libFuzzer as a replay of its corpus, so that
# every compiler runs the committed inputs; CLN_FUZZ=ON (preset fuzz) explores.
function(cln_fuzz_target name)
	cmake_parse_arguments(A "" "" "LIBS" ${ARGN})
	set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
	add_executable(fuzz-${name} ${A_UNPARSED_ARGUMENTS})
	target_link_libraries(fuzz-${name} PRIVATE cln_flags ${A_LIBS})
	if(CLN_FUZZ)
		target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
		add_test(NAME fuzz-${name}
			COMMAND fuzz-${name} -max_total_time=10 -rss_limit_mb=2048 -timeout=10
				${PROJECT_BINARY_DIR}/corpus-${name} ${corpus})
		file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/corpus-${name})
	else()
		target_sources(fuzz-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
		add_test(NAME fuzz-${name} COMMAND fuzz-${name} ${corpus})
	endif()
	set_tests_properties(fuzz-${name} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()
