# SPDX-License-Identifier: Apache-2.0
# cmake -DIN=page.html -DOUT=page.h -DNAME=page -P embed.cmake: a file as a C array.
file(READ ${IN} text)
if(NOT text MATCHES "@DATA@")
	message(FATAL_ERROR "${IN}: no @DATA@ in it")
endif()
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "/* Made from ${NAME} by embed.cmake. */\nstatic const unsigned char ${NAME}[] = {\n${bytes}\n};\n")
