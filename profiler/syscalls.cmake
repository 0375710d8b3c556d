# SPDX-License-Identifier: Apache-2.0
#
# Writes OUT from asm/unistd_BITS.h: one "{ number, name }," a call.
file(WRITE ${OUT}.c "#include <asm/unistd_${BITS}.h>\n")
execute_process(COMMAND ${CC} -E -dM ${OUT}.c OUTPUT_VARIABLE text RESULT_VARIABLE failed)
if(failed)
	message(FATAL_ERROR "asm/unistd_${BITS}.h cannot be read")
endif()
string(REGEX MATCHALL "#define __NR_[a-z0-9_]+ [0-9]+" lines "${text}")
set(result "")
foreach(line ${lines})
	string(REGEX REPLACE "#define __NR_([a-z0-9_]+) ([0-9]+)" "{ \\2, \"\\1\" },\n" entry "${line}")
	string(APPEND result "${entry}")
endforeach()
file(WRITE ${OUT} "${result}")
