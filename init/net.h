/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h - reaching a peer, for wait and probe.
 *
 * Names are resolved here, from /etc/hosts and by one question to the servers in
 * /etc/resolv.conf with its search list (resolv.conf(5), RFC 1035): the C library's
 * resolver would be a third of the program. Answers are hostile input: bounded and
 * checked. TCP fallback, DNSSEC and nsswitch are left out on purpose.
 */
#ifndef CLN_INIT_NET_H
#define CLN_INIT_NET_H

#include <stddef.h>
#include <stdint.h>

struct net_address {
	uint8_t byte[16];
	uint8_t size; /* 4 or 16 */
};

/* The port in HOST:PORT or [V6]:PORT, 0 when it is not of that form. */
unsigned net_port(const char *host_port);
/* A connected socket (CLOEXEC), or -errno. */
int net_tcp(const char *host_port, uint32_t timeout_ms);
/* What can be waited for and probed; the list is text_pick's. */
enum net_kind { NET_TCP, NET_UNIX, NET_FILE, NET_HTTP };
#define NET_KINDS "tcp\0unix\0file\0"
/* Whether it can be reached now: HOST:PORT or a path; 0 or -errno. */
int net_reach(enum net_kind kind, const char *what, uint32_t timeout_ms);
/* Numbers, /etc/hosts, then the servers. Count of addresses (at most most), or -errno. */
int net_resolve(const char *host, struct net_address *out, int most, uint32_t timeout_ms);

/* Pure parts, fuzzed. */
int net_parse_address(const char *text, struct net_address *out);
/* A question for name; its size or -EINVAL. type: 1 A, 28 AAAA. */
int net_dns_question(const char *name, uint16_t id, uint16_t type, uint8_t *out, size_t room);
/* Addresses of that type in an answer: count, or -errno (-ENOENT: no such name). */
int net_dns_answer(const uint8_t *data, size_t size, uint16_t id, uint16_t type,
	struct net_address *out, int most);

#endif
