// SPDX-License-Identifier: Apache-2.0
/* The init's own string functions under other names, beside the C library's. */
#define memcpy bare_memcpy
#define memmove bare_memmove
#define memset bare_memset
#define explicit_bzero bare_explicit_bzero
#define memcmp bare_memcmp
#define memchr bare_memchr
#define memrchr bare_memrchr
#define strlen bare_strlen
#define strncmp bare_strncmp
#define strcmp bare_strcmp
#define strcasecmp bare_strcasecmp
#define strchr bare_strchr
#define strrchr bare_strrchr
#define strspn bare_strspn
#define strcspn bare_strcspn
#define BARE_TEXT_ONLY
#include "init/bare.c"
