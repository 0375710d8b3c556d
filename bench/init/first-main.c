// SPDX-License-Identifier: Apache-2.0
/* first-main.c - a program with a C library, static or dynamic: tells when main begins. */
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec now;
	uint64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
	return write(1, &ns, sizeof(ns)) != sizeof(ns);
}
