/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiny-server.c - a service whose every request does one thing that a
 * hardened image must allow or refuse. For tests only.
 *
 *	tiny-server [WORD]... [PORT] [WORD]...	the first word that begins with a digit; 8180
 *	GET /read/PATH     200 with the first bytes of /PATH, else 404 and the reason
 *	GET /write/PATH    appends a line to /PATH; 200, else 500 and the reason
 *	GET /mkdir/PATH    makes the folder /PATH; 200, else 403 or 404 and the reason
 *	GET /exec/PATH     runs /PATH without arguments; 200 if it exits with 0
 *	GET /system/WORDS  system("WORDS", + is a blank); 200 if it gives 0
 *	GET /args          its arguments, each behind a |
 *	GET /env/NAME      the variable's value; 404 where it is not set
 *	GET /limit         how many files may be open: soft and hard
 *	GET /id            who we are: uid, gid, capabilities, no_new_privs
 *
 * Called as tiny-tool it prints its arguments: a helper without any shell. Called as env it
 * starts the program that a script's first line names behind it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer(FILE *out, int status, const char *text)
{
	fprintf(out, "HTTP/1.0 %d x\r\nContent-Type: text/plain\r\n\r\n%s\n", status, text);
}

static void do_read(FILE *out, const char *path)
{
	char text[512];
	FILE *file = fopen(path, "r");
	size_t size;

	if (!file) {
		answer(out, 404, strerror(errno));
		return;
	}
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	answer(out, 200, text);
}

static void do_write(FILE *out, const char *path)
{
	FILE *file = fopen(path, "a");

	if (!file) {
		answer(out, 500, strerror(errno));
		return;
	}
	fputs("a line\n", file);
	answer(out, fclose(file) ? 500 : 200, "written");
}

static void do_mkdir(FILE *out, const char *path)
{
	if (mkdir(path, 0755) == 0)
		answer(out, 200, "made");
	else
		answer(out, errno == ENOENT ? 404 : 403, strerror(errno));
}

static void do_exec(FILE *out, const char *path)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	answer(out, status ? 500 : 200, status ? "failed" : "ran");
}

static void do_system(FILE *out, char *words)
{
	char text[32];
	int status;

	for (char *at = words; (at = strchr(at, '+'));)
		*at = ' ';
	status = system(words);
	snprintf(text, sizeof(text), "status %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	answer(out, status ? 500 : 200, text);
}

static void do_id(FILE *out)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256], text[2048] = "";

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "Uid", 3) || !strncmp(line, "Gid", 3) ||
			!strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10))
			strncat(text, line, sizeof(text) - strlen(text) - 1);
	if (file)
		fclose(file);
	answer(out, 200, text);
}

static void do_limit(FILE *out)
{
	struct rlimit limit = {};
	char text[64];

	getrlimit(RLIMIT_NOFILE, &limit);
	snprintf(text, sizeof(text), "nofile %llu %llu", (unsigned long long)limit.rlim_cur,
		(unsigned long long)limit.rlim_max);
	answer(out, 200, text);
}

static void do_args(FILE *out)
{
	FILE *file = fopen("/proc/self/cmdline", "r");
	char text[2048];
	size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	for (size_t i = 0; i < size; i++)
		if (!text[i])
			text[i] = '|';
	text[size] = '\0';
	if (file)
		fclose(file);
	answer(out, 200, text);
}

static void serve(FILE *out, char *path)
{
	if (!strncmp(path, "/read/", 6))
		do_read(out, path + 5);
	else if (!strncmp(path, "/write/", 7))
		do_write(out, path + 6);
	else if (!strncmp(path, "/mkdir/", 7))
		do_mkdir(out, path + 6);
	else if (!strncmp(path, "/exec/", 6))
		do_exec(out, path + 5);
	else if (!strncmp(path, "/system/", 8))
		do_system(out, path + 8);
	else if (!strcmp(path, "/args"))
		do_args(out);
	else if (!strncmp(path, "/env/", 5))
		answer(out, getenv(path + 5) ? 200 : 404, getenv(path + 5) ?: "not set");
	else if (!strcmp(path, "/limit"))
		do_limit(out);
	else if (!strcmp(path, "/id"))
		do_id(out);
	else
		answer(out, 404, "no such request");
}

static void handle(int fd)
{
	char request[2048];
	ssize_t size = read(fd, request, sizeof(request) - 1);
	FILE *out = fdopen(fd, "w");
	char *path, *end;

	request[size < 0 ? 0 : size] = '\0';
	path = strchr(request, ' ');
	end = path ? strchr(path + 1, ' ') : NULL;
	if (end) {
		*end = '\0';
		printf("request %s\n", path + 1);
		fflush(stdout);
		serve(out, path + 1);
	}
	fclose(out);
}

static int tool(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		puts(argv[i]);
	return 0;
}

static void end(int signo)
{
	(void)signo;
	_exit(0);
}

static const char *port_of(char **argv)
{
	for (size_t i = 1; argv[0] && argv[i]; i++)
		if (argv[i][0] >= '0' && argv[i][0] <= '9')
			return argv[i];
	return "8180";
}

/* As `#!/bin/env -S A=b PROGRAM` starts it: PROGRAM with the script. */
static int env(char **argv)
{
	char *word = argv[1] ? strrchr(argv[1], ' ') : NULL;

	if (!argv[1] || !argv[2])
		return 125;
	execlp(word ? word + 1 : argv[1], word ? word + 1 : argv[1], argv[2], (char *)NULL);
	return 127;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((unsigned short)atoi(port_of(argv))) };
	int yes = 1;
	const char *name = strrchr(argv[0], '/');
	int fd;

	if (!strcmp(name ? name + 1 : argv[0], "tiny-tool"))
		return tool(argc, argv);
	if (!strcmp(name ? name + 1 : argv[0], "env"))
		return env(argv);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	signal(SIGTERM, end);
	signal(SIGPIPE, SIG_IGN);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0) {
		perror("tiny-server");
		return 1;
	}
	puts("listening");
	fflush(stdout);
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client >= 0)
			handle(client);
	}
}
