// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/utf8.h"

#include <string.h>

size_t utf8_length(const char *text, size_t size)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	size_t length;
	uint32_t code;

	if (!size || (byte[0] >= 0x80 && (byte[0] < 0xc2 || byte[0] > 0xf4)))
		return 0;
	if (byte[0] < 0x80)
		return 1;
	length = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	if (size < length)
		return 0;
	code = byte[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (byte[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

bool utf8_valid(const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		uint64_t word;
		size_t length;

		if (size - at >= 8) {
			memcpy(&word, text + at, 8);
			if (!(word & 0x8080808080808080u)) {
				at += 8;
				continue;
			}
		}
		length = utf8_length(text + at, size - at);
		if (!length)
			return false;
		at += length;
	}
	return true;
}

size_t utf8_encode(uint32_t code, char out[4])
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = length; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(lead[length] | code);
	return length;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(const void *data, size_t size, char *out)
{
	const unsigned char *byte = data;
	char *to = out;

	for (; size; size -= CLN_MIN(size, 3u), byte += 3) {
		uint32_t group = (uint32_t)byte[0] << 16;

		group |= size > 1 ? (uint32_t)byte[1] << 8 : 0;
		group |= size > 2 ? byte[2] : 0;
		*to++ = digits[group >> 18];
		*to++ = digits[group >> 12 & 63];
		*to++ = size > 1 ? digits[group >> 6 & 63] : '=';
		*to++ = size > 2 ? digits[group & 63] : '=';
	}
	return (size_t)(to - out);
}

static int digit_value(char c)
{
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

size_t base64_decode(const char *text, size_t size, void *out)
{
	unsigned char *to = out;

	if (size % 4)
		return SIZE_MAX;
	for (; size; size -= 4, text += 4) {
		size_t pad =
			size > 4 ? 0
				 : (size_t)(text[3] == '=') + (text[3] == '=' && text[2] == '=');
		uint32_t group = 0;

		for (size_t i = 0; i < 4; i++) {
			int value = i >= 4 - pad ? 0 : digit_value(text[i]);

			if (value < 0)
				return SIZE_MAX;
			group = group << 6 | (uint32_t)value;
		}
		if (group & (pad == 2 ? 0xffffu : pad ? 0xffu : 0))
			return SIZE_MAX;
		for (size_t i = 0; i < 3 - pad; i++)
			*to++ = (unsigned char)(group >> (16 - 8 * i));
	}
	return (size_t)(to - (unsigned char *)out);
}
