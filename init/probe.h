/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - health checks and waiting for images that hold no other program.
 */
#ifndef CLN_INIT_PROBE_H
#define CLN_INIT_PROBE_H

/* argv: "tcp HOST:PORT", "http URL [status=N|N-N]", "unix PATH", "file PATH", each with
 * [timeout=TIME] (default 1 s). 0 yes, 1 no, 2 usage. */
int probe_main(char **argv);
/* argv: one TIME. */
int sleep_main(char **argv);
/* The status in the first line of an HTTP answer, 0 where it is none; pure. */
int probe_http_status(const char *data, unsigned size);

#endif
