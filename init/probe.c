// SPDX-License-Identifier: Apache-2.0
#include "init/probe.h"

#include "init/init.h"
#include "init/net.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct probe {
	const char *what;
	uint32_t timeout_ms;
	uint64_t least, most; /* HTTP statuses that mean yes */
};

static int usage(void)
{
	SAY(2, "usage: probe tcp HOST:PORT | http URL [status=N[-N]] | unix PATH | file PATH "
	       "[timeout=TIME]");
	return EXIT_USAGE;
}

int probe_http_status(const char *data, unsigned size)
{
	if (size < 12 || memcmp(data, "HTTP/1.", 7) != 0 || data[8] != ' ')
		return 0;
	for (int i = 9; i < 12; i++)
		if (data[i] < '0' || data[i] > '9')
			return 0;
	return (data[9] - '0') * 100 + (data[10] - '0') * 10 + (data[11] - '0');
}

/* http://HOST[:PORT][/PATH] cut into "HOST:PORT" and a path that borrows from url. */
static int url_cut(const char *url, char *host_port, size_t room, const char **path)
{
	const char *host = text_after(url, "http://");
	size_t size;

	if (!host)
		return -EINVAL;
	size = strcspn(host, "/?#");
	if (size == 0 || size + 4 > room || memchr(host, '@', size))
		return -EINVAL;
	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= ' ') /* would split the request */
			return -EINVAL;
	text_join(host_port, size + 1, host, END);
	if (!net_port(host_port))
		text_join(host_port + size, room - size, ":80", END);
	*path = host[size] == '/' ? host + size : "/";
	return net_port(host_port) ? 0 : -EINVAL;
}

/* At least the first line of the answer: bytes, or -errno. */
static int answer_read(int fd, char *data, unsigned room, uint32_t timeout_ms)
{
	struct pollfd ready = { fd, POLLIN, 0 };
	unsigned used = 0;

	while (used < 12) {
		if (poll(&ready, 1, (int)timeout_ms) <= 0)
			return -ETIMEDOUT;
		ssize_t n = recv(fd, data + used, room - used, 0);

		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		used += (unsigned)n;
	}
	return (int)used;
}

static int probe_http(const struct probe *probe)
{
	char host_port[300], request[2048], answer[256];
	const char *path;
	size_t size;
	int fd, n, status;

	if (url_cut(probe->what, host_port, sizeof(host_port), &path) < 0)
		return -EINVAL;
	size = text_join(request, sizeof(request), "GET ", path, " HTTP/1.1\r\nHost: ", host_port,
		"\r\nUser-Agent: clnimg-init\r\nAccept: */*\r\nConnection: close\r\n\r\n", END);
	if (size + 1 >= sizeof(request))
		return -EINVAL;
	fd = net_tcp(host_port, probe->timeout_ms);
	if (fd < 0)
		return fd;
	n = send(fd, request, size, MSG_NOSIGNAL) == (ssize_t)size
		    ? answer_read(fd, answer, sizeof(answer), probe->timeout_ms)
		    : -EPIPE;
	close(fd);
	if (n < 0)
		return n;
	status = probe_http_status(answer, (unsigned)n);
	if ((uint64_t)status >= probe->least && (uint64_t)status <= probe->most && status)
		return 0;
	SAY(2, "probe: ", probe->what, ": status ", DEC(status));
	return 1;
}

static int status_range(const char *text, struct probe *probe)
{
	int r = text_digits(&text, 10, 999, &probe->least);

	probe->most = probe->least;
	if (r < 0 || !*text)
		return r;
	return *text == '-' ? text_number(text + 1, 999, &probe->most) : -EINVAL;
}

int probe_main(char **argv)
{
	int kind = text_pick(argv[0], NET_KINDS "http\0", NULL), r;
	struct probe probe = { kind < 0 ? NULL : argv[1], 1000, 200, 399 };

	if (!probe.what)
		return usage();
	for (char **option = argv + 2; *option; option++) {
		const char *value;
		int word = text_pick(*option, "timeout=\0status=\0", &value);

		if (word == 0)
			r = text_duration(value, &probe.timeout_ms);
		else
			r = word == 1 && kind == NET_HTTP ? status_range(value, &probe) : -EINVAL;
		if (r < 0)
			return usage();
	}
	r = kind == NET_HTTP ? probe_http(&probe)
			     : net_reach((enum net_kind)kind, probe.what, probe.timeout_ms);
	if (r < 0)
		say_errno(-r, probe.what, "");
	return r == -EINVAL ? EXIT_USAGE : r ? EXIT_PROBE : 0;
}

int sleep_main(char **argv)
{
	struct timespec rest;
	uint32_t ms;

	if (!argv[0] || argv[1] || text_duration(argv[0], &ms) < 0) {
		SAY(2, "usage: sleep TIME, such as 500ms, 25s or 2m");
		return EXIT_USAGE;
	}
	rest = (struct timespec){ ms / 1000, ms % 1000 * 1000000L };
	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
	return 0;
}
