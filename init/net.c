// SPDX-License-Identifier: Apache-2.0
#include "init/net.h"

#include "init/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HOST_MAX 253
#define SERVERS_MAX 3
#define SEARCH_MAX 6

static const char *port_text(const char *host_port)
{
	const char *colon = strrchr(host_port, ':');

	if (!colon || colon == host_port)
		return NULL;
	if (*host_port == '[')
		return colon[-1] == ']' ? colon + 1 : NULL;
	return memchr(host_port, ':', (size_t)(colon - host_port)) ? NULL : colon + 1;
}

unsigned net_port(const char *host_port)
{
	const char *text = port_text(host_port);
	uint64_t port;

	return text && text_number(text, UINT16_MAX, &port) == 0 ? (unsigned)port : 0;
}

/* Four numbers below 256, without leading zeros; text ends there. */
static int parse_v4(const char *text, uint8_t *out)
{
	for (int i = 0; i < 4; i++, text++) {
		const char *digits = text;
		uint64_t value;

		if (text_digits(&text, 10, 255, &value) < 0 ||
			(*digits == '0' && text > digits + 1) || *text != (i < 3 ? '.' : '\0'))
			return -EINVAL;
		out[i] = (uint8_t)value;
	}
	return 0;
}

/* RFC 4291, 2.2: groups of hexadecimal digits, one :: at most, an IPv4 address as the end. */
static int parse_v6(const char *text, uint8_t *out)
{
	int used = 0, gap = -1;

	memset(out, 0, 16);
	if (*text == ':' && *++text != ':')
		return -EINVAL;
	for (;;) {
		const char *group = text;
		uint64_t value;
		int r;

		if (*text == ':' && gap < 0) { /* the second of :: */
			gap = used;
			if (!*++text)
				break;
			continue;
		}
		r = text_digits(&text, 16, 0xffff, &value);
		if (*text == '.' && used <= 12) {
			used += 4;
			if (parse_v4(group, out + used - 4) < 0)
				return -EINVAL;
			break;
		}
		if (r < 0 || text - group > 4 || used > 14)
			return -EINVAL;
		out[used++] = (uint8_t)(value >> 8);
		out[used++] = (uint8_t)value;
		if (!*text)
			break;
		if (*text++ != ':' || !*text)
			return -EINVAL;
	}
	if (gap < 0 ? used != 16 : used > 14)
		return -EINVAL;
	if (gap >= 0) {
		memmove(out + 16 - (used - gap), out + gap, (size_t)(used - gap));
		memset(out + gap, 0, (size_t)(16 - used));
	}
	return 0;
}

int net_parse_address(const char *text, struct net_address *out)
{
	out->size = strchr(text, ':') ? 16 : 4;
	return out->size == 16 ? parse_v6(text, out->byte) : parse_v4(text, out->byte);
}

int net_dns_question(const char *name, uint16_t id, uint16_t type, uint8_t *out, size_t room)
{
	size_t at = 12;

	if (strlen(name) > HOST_MAX || room < 12 + strlen(name) + 6)
		return -EINVAL;
	memset(out, 0, 12);
	out[0] = (uint8_t)(id >> 8);
	out[1] = (uint8_t)id;
	out[2] = 1; /* recursion desired */
	out[5] = 1; /* one question */
	while (*name) {
		size_t size = strcspn(name, ".");

		if (size == 0 || size > 63)
			return -EINVAL;
		out[at++] = (uint8_t)size;
		memcpy(out + at, name, size);
		at += size;
		name += size + (name[size] == '.');
	}
	out[at++] = 0;
	out[at++] = 0;
	out[at++] = (uint8_t)type;
	out[at++] = 0;
	out[at++] = 1; /* IN */
	return (int)at;
}

/* Behind the name at at, or 0 when it leaves the message. */
static size_t skip_name(const uint8_t *data, size_t size, size_t at)
{
	while (at < size) {
		if (data[at] == 0)
			return at + 1;
		if ((data[at] & 0xc0) == 0xc0)
			return at + 2;
		at += (size_t)data[at] + 1;
	}
	return 0;
}

int net_dns_answer(const uint8_t *data, size_t size, uint16_t id, uint16_t type,
	struct net_address *out, int most)
{
	unsigned questions, answers, rcode;
	size_t at = 12;
	int count = 0;

	if (size < 12 || (data[0] << 8 | data[1]) != id || !(data[2] & 0x80))
		return -EBADMSG;
	rcode = data[3] & 15;
	if (rcode)
		return rcode == 3 ? -ENOENT : -EAGAIN;
	questions = (unsigned)(data[4] << 8 | data[5]);
	answers = (unsigned)(data[6] << 8 | data[7]);
	while (questions--) {
		at = skip_name(data, size, at);
		if (!at || (at += 4) > size)
			return -EBADMSG;
	}
	while (answers-- && count < most) {
		at = skip_name(data, size, at);
		if (!at || at + 10 > size)
			return -EBADMSG;
		unsigned kind = (unsigned)(data[at] << 8 | data[at + 1]);
		unsigned length = (unsigned)(data[at + 8] << 8 | data[at + 9]);

		at += 10;
		if (at + length > size)
			return -EBADMSG;
		if (kind == type && length == (type == 1 ? 4 : 16)) {
			out[count].size = (uint8_t)length;
			memcpy(out[count++].byte, data + at, length);
		}
		at += length;
	}
	return count ? count : -ENOENT;
}

struct resolver {
	struct net_address server[SERVERS_MAX];
	unsigned servers;
	char search[SEARCH_MAX][HOST_MAX + 1];
	unsigned searches, ndots;
};

/* The next blank-separated word of the line at *at, or 0 at its end; NUL is put behind it. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t"), *end = word + strcspn(word, " \t#;\n");

	if (end == word)
		return NULL;
	*at = *end && *end != '#' && *end != ';' && *end != '\n' ? end + 1 : end;
	if (**at == '#' || **at == ';' || **at == '\n')
		**at = '\0';
	*end = '\0';
	return word;
}

/* The next line at *at without its newline, NULL at the end. */
static char *next_line(char **at)
{
	char *line = *at, *end;

	if (!line)
		return NULL;
	end = strchr(line, '\n');
	*at = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return line;
}

static void resolver_line(struct resolver *r, char *line)
{
	char *key = next_word(&line), *word;
	const char *dots;
	uint64_t number;

	if (text_same(key, "nameserver")) {
		word = next_word(&line);
		if (word && r->servers < SERVERS_MAX &&
			net_parse_address(word, &r->server[r->servers]) == 0)
			r->servers++;
	} else if (text_same(key, "search") || text_same(key, "domain")) {
		r->searches = 0;
		while ((word = next_word(&line)))
			if (r->searches < SEARCH_MAX && strlen(word) <= HOST_MAX)
				text_join(r->search[r->searches++], HOST_MAX + 1, word, END);
	} else if (text_same(key, "options")) {
		while ((word = next_word(&line)))
			if ((dots = text_after(word, "ndots:")) &&
				text_number(dots, 15, &number) == 0)
				r->ndots = (unsigned)number;
	}
}

static void resolver_read(struct resolver *r)
{
	char text[4096], *at = text, *line;

	*r = (struct resolver){ .ndots = 1 };
	if (file_read("/etc/resolv.conf", text, sizeof(text)) < 0)
		return;
	while ((line = next_line(&at)))
		resolver_line(r, line);
}

static int hosts_lookup(const char *host, struct net_address *out)
{
	char text[16384], *at = text, *line;

	if (file_read("/etc/hosts", text, sizeof(text)) < 0)
		return 0;
	while ((line = next_line(&at))) {
		char *word, *address = next_word(&line);

		while (address && (word = next_word(&line)))
			if (strcasecmp(word, host) == 0 && net_parse_address(address, out) == 0)
				return 1;
	}
	return 0;
}

static int socket_connect(int family, int type, const void *to, socklen_t size, uint32_t timeout_ms)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), bad = 0;
	struct pollfd ready = { fd, POLLOUT, 0 };
	socklen_t bad_size = sizeof(bad);

	if (fd < 0)
		return -errno;
	if (connect(fd, to, size) == 0)
		return fd;
	bad = errno;
	if (bad == EINPROGRESS && poll(&ready, 1, (int)timeout_ms) > 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &bad, &bad_size);
	else if (bad == EINPROGRESS)
		bad = ETIMEDOUT;
	if (!bad)
		return fd;
	close(fd);
	return -bad;
}

static int address_connect(
	const struct net_address *a, unsigned port, int type, uint32_t timeout_ms)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	if (a->size == 4) {
		memcpy(&v4.sin_addr, a->byte, 4);
		return socket_connect(AF_INET, type, &v4, sizeof(v4), timeout_ms);
	}
	memcpy(&v6.sin6_addr, a->byte, 16);
	return socket_connect(AF_INET6, type, &v6, sizeof(v6), timeout_ms);
}

/* One question to one server. */
static int ask(const struct net_address *server, const char *name, uint16_t type,
	struct net_address *out, int most, uint32_t timeout_ms)
{
	uint8_t question[HOST_MAX + 32], answer[1500];
	struct pollfd ready = { -1, POLLIN, 0 };
	uint16_t id = 0;
	int size, r = -EAGAIN;
	ssize_t n;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -errno;
	size = net_dns_question(name, id, type, question, sizeof(question));
	if (size < 0)
		return size;
	ready.fd = address_connect(server, 53, SOCK_DGRAM, 0);
	if (ready.fd < 0)
		return ready.fd;
	if (send(ready.fd, question, (size_t)size, MSG_NOSIGNAL) == size &&
		poll(&ready, 1, (int)timeout_ms) > 0) {
		n = recv(ready.fd, answer, sizeof(answer), 0);
		if (n > 0)
			r = net_dns_answer(answer, (size_t)n, id, type, out, most);
	}
	close(ready.fd);
	return r;
}

static int ask_all(const struct resolver *r, const char *name, struct net_address *out, int most,
	uint32_t timeout_ms)
{
	int last = -ENOENT;

	for (unsigned i = 0; i < r->servers; i++) {
		int count = ask(&r->server[i], name, 1, out, most, timeout_ms);

		if (count == -ENOENT || count == -EAGAIN)
			count = ask(&r->server[i], name, 28, out, most, timeout_ms);
		if (count > 0 || count == -ENOENT)
			return count;
		last = count;
	}
	return last;
}

static unsigned dots_in(const char *host)
{
	unsigned dots = 0;

	for (; *host; host++)
		dots += *host == '.';
	return dots;
}

int net_resolve(const char *host, struct net_address *out, int most, uint32_t timeout_ms)
{
	struct resolver resolver;
	char name[2 * HOST_MAX + 3];
	int absolute, count = -ENOENT;

	if (net_parse_address(host, out) == 0 || hosts_lookup(host, out))
		return 1;
	resolver_read(&resolver);
	absolute = dots_in(host) >= resolver.ndots || (*host && host[strlen(host) - 1] == '.');
	if (absolute && (count = ask_all(&resolver, host, out, most, timeout_ms)) > 0)
		return count;
	for (unsigned i = 0; i < resolver.searches && count <= 0; i++) {
		text_join(name, sizeof(name), host, ".", resolver.search[i], END);
		count = ask_all(&resolver, name, out, most, timeout_ms);
	}
	if (count <= 0 && !absolute)
		count = ask_all(&resolver, host, out, most, timeout_ms);
	return count;
}

int net_tcp(const char *host_port, uint32_t timeout_ms)
{
	struct net_address address[4];
	unsigned port = net_port(host_port);
	char host[HOST_MAX + 3];
	size_t size;
	int count, fd = -EINVAL;

	if (!port)
		return -EINVAL;
	size = (size_t)(port_text(host_port) - host_port) - 1;
	if (size >= sizeof(host))
		return -ENAMETOOLONG;
	if (*host_port == '[')
		text_join(host, size - 1, host_port + 1, END);
	else
		text_join(host, size + 1, host_port, END);
	count = net_resolve(host, address, 4, timeout_ms);
	if (count <= 0)
		return count ? count : -ENOENT;
	for (int i = 0; i < count; i++) {
		fd = address_connect(&address[i], port, SOCK_STREAM, timeout_ms);
		if (fd >= 0)
			break;
	}
	return fd;
}

int net_reach(enum net_kind kind, const char *what, uint32_t timeout_ms)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (kind == NET_FILE)
		return access(what, F_OK) < 0 ? -errno : 0;
	if (kind == NET_TCP) {
		fd = net_tcp(what, timeout_ms);
	} else {
		if (text_join(to.sun_path, sizeof(to.sun_path), what, END) < strlen(what))
			return -ENAMETOOLONG;
		fd = socket_connect(AF_UNIX, SOCK_STREAM, &to, sizeof(to), timeout_ms);
	}
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}
