/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/ready.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

Test(ready, parse)
{
	static const struct {
		const char *in;
		int kind; /* -1: refused */
		const char *host, *port, *path;
	} cases[] = {
		{ NULL, READY_NONE, NULL, NULL, NULL },
		{ "tcp:8080", READY_TCP, "127.0.0.1", "8080", NULL },
		{ "tcp:65536", -1, NULL, NULL, NULL },
		{ "tcp:0", -1, NULL, NULL, NULL },
		{ "tcp:", -1, NULL, NULL, NULL },
		{ "tcp:80x", -1, NULL, NULL, NULL },
		{ "http://localhost:81/health?x=1", READY_HTTP, "localhost", "81", "/health?x=1" },
		{ "http:http://a:81/", READY_HTTP, "a", "81", "/" },
		{ "http://a", READY_HTTP, "a", "80", "/" },
		{ "http:127.0.0.1:5/x", READY_HTTP, "127.0.0.1", "5", "/x" },
		{ "http://:81/", -1, NULL, NULL, NULL },
		{ "http://a:b/", -1, NULL, NULL, NULL },
		{ "log:ready for [a-z]+", READY_LOG, NULL, NULL, NULL },
		{ "log:(", -1, NULL, NULL, NULL },
		{ "exec:true", -1, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct ready ready;
		struct cln_err err = {};
		int r = ready_parse(cases[i].in, &ready, &err);

		cr_expect_eq(r < 0, cases[i].kind < 0, "%s: %s", cases[i].in, err.text);
		if (r < 0)
			continue;
		cr_expect_eq((int)ready.kind, cases[i].kind, "%s", cases[i].in);
		if (cases[i].host)
			cr_expect_str_eq(ready.host, cases[i].host);
		if (cases[i].port)
			cr_expect_str_eq(ready.port, cases[i].port);
		if (cases[i].path)
			cr_expect_str_eq(ready.path, cases[i].path);
		ready_release(&ready);
	}
}

/* A server for one request that answers with a status. */
static pid_t serve_once(int listener, int status)
{
	pid_t pid = fork();
	char text[512];
	int fd;

	if (pid)
		return pid;
	fd = accept(listener, NULL, NULL);
	if (read(fd, text, sizeof(text)) < 0)
		_exit(1);
	snprintf(text, sizeof(text), "HTTP/1.1 %d x\r\n\r\n", status);
	if (write(fd, text, strlen(text)) < 0)
		_exit(1);
	_exit(0);
}

Test(ready, http_counts_statuses_below_400)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct cln_err err = {};
	char text[64];

	cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listener, 4), 0);
	getsockname(listener, (struct sockaddr *)&address, &length);
	snprintf(text, sizeof(text), "http://127.0.0.1:%d/", ntohs(address.sin_port));
	for (int status = 200; status <= 500; status += 100) {
		struct ready ready;
		pid_t pid;

		cr_assert_eq(ready_parse(text, &ready, &err), 0);
		pid = serve_once(listener, status);
		cr_expect_eq(ready_now(&ready, "/dev/null"), status < 400, "%d", status);
		waitpid(pid, NULL, 0);
		ready_release(&ready);
	}
	close(listener);
}

Test(ready, log_matches_a_line)
{
	char path[] = "/tmp/ready.XXXXXX";
	int fd = mkstemp(path);
	struct ready ready;
	struct cln_err err = {};

	cr_assert_geq(fd, 0);
	cr_assert_eq(ready_parse("log:^listening on [0-9]+$", &ready, &err), 0);
	cr_expect_not(ready_now(&ready, path));
	cr_assert_eq(write(fd, "starting\nlistening on 80\n", 25), 25);
	cr_expect(ready_now(&ready, path));
	cr_expect_not(ready_now(&ready, "/no/such/log"));
	ready_release(&ready);
	close(fd);
	remove(path);
}
