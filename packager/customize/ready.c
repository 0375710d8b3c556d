/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/ready.h"

#include "common/mem.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

static int parse_port(const char *text, struct ready *ready, struct cln_err *err)
{
	unsigned long port = strtoul(text, NULL, 10);

	if (strspn(text, "0123456789") != strlen(text) || port < 1 || port > 65535)
		return cln_usage(err, "%s is no port", text);
	snprintf(ready->port, sizeof(ready->port), "%lu", port);
	return 0;
}

/* [http://]HOST[:PORT][/PATH] */
static int parse_url(const char *text, struct ready *ready, struct cln_err *err)
{
	size_t host, length;

	if (strncmp(text, "http://", 7) == 0)
		text += 7;
	else if (strncmp(text, "//", 2) == 0)
		text += 2;
	host = strcspn(text, ":/");
	length = strcspn(text, "/");
	if (!host || host >= sizeof(ready->host) || strlen(text + length) >= sizeof(ready->path))
		return cln_usage(err, "%s is no URL", text);
	memcpy(ready->host, text, host);
	ready->host[host] = '\0';
	snprintf(ready->path, sizeof(ready->path), "%s", text[length] ? text + length : "/");
	snprintf(ready->port, sizeof(ready->port), "80");
	if (text[host] == ':') {
		char port[8];

		snprintf(port, sizeof(port), "%.*s", (int)(length - host - 1), text + host + 1);
		return parse_port(port, ready, err);
	}
	return 0;
}

int ready_parse(const char *text, struct ready *ready, struct cln_err *err)
{
	int r = 0;

	*ready = (struct ready){ .host = "127.0.0.1" };
	if (!text)
		return 0;
	if (strncmp(text, "tcp:", 4) == 0) {
		ready->kind = READY_TCP;
		r = parse_port(text + 4, ready, err);
	} else if (strncmp(text, "http:", 5) == 0) {
		ready->kind = READY_HTTP;
		r = parse_url(strncmp(text + 5, "//", 2) ? text + 5 : text, ready, err);
	} else if (strncmp(text, "log:", 4) == 0) {
		if (regcomp(&ready->regex, text + 4, REG_EXTENDED | REG_NOSUB | REG_NEWLINE))
			r = cln_usage(err, "%s is no regular expression", text + 4);
		else
			ready->kind = READY_LOG;
	} else {
		r = cln_usage(err, "expected tcp:PORT, http:URL or log:REGEX");
	}
	return r < 0 ? cln_within(err, "--readiness %s", text) : 0;
}

void ready_release(struct ready *ready)
{
	if (ready->kind == READY_LOG)
		regfree(&ready->regex);
	ready->kind = READY_NONE;
}

static int connect_now(const struct ready *ready)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	struct timeval second = { .tv_sec = 1 };
	int fd = -1;

	if (getaddrinfo(ready->host, ready->port, &hints, &found))
		return -1;
	for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
		if (connect(fd, at->ai_addr, at->ai_addrlen) < 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	return fd;
}

/* Any status below 400 counts. */
static bool http_now(const struct ready *ready)
{
	cln_owned(cln_drop_fd) int fd = connect_now(ready);
	cln_owned(cln_drop_mem) char *request = NULL;
	char answer[64] = "";
	int status = 0;

	if (fd < 0)
		return false;
	request = cln_format("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", ready->path, ready->host);
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0 ||
		recv(fd, answer, sizeof(answer) - 1, 0) < 0)
		return false;
	return sscanf(answer, "HTTP/%*d.%*d %d", &status) == 1 && status >= 200 && status < 400;
}

static bool log_now(const struct ready *ready, const char *log)
{
	FILE *file = fopen(log, "re");
	cln_owned(cln_drop_mem) char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (file && !found && getline(&line, &room, file) > 0)
		found = regexec(&ready->regex, line, 0, NULL, 0) == 0;
	if (file)
		fclose(file);
	return found;
}

bool ready_now(const struct ready *ready, const char *log)
{
	cln_owned(cln_drop_fd) int fd = -1;

	switch (ready->kind) {
	case READY_HTTP:
		return http_now(ready);
	case READY_LOG:
		return log_now(ready, log);
	case READY_TCP:
		fd = connect_now(ready);
		return fd >= 0;
	default:
		return true;
	}
}
