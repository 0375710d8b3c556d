// SPDX-License-Identifier: Apache-2.0
/*
 * waits.c - programs that start-up ran until a peer answered, as `wait` lines.
 *
 * Scripts loop over nc, pg_isready or curl, or run wait-for-it. What they wait
 * for stands in the program's arguments; the script tells which variables it
 * came from.
 */
#include "packager/plan/lower.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

#define WAIT_SECONDS 60u /* where the script's own patience is not known */
#define WAIT_SECONDS_MAX 3600u

enum wait_style {
	WAIT_ADDRESS, /* a word HOST:PORT, also behind tcp:// */
	WAIT_WORDS,   /* HOST PORT, the last words */
	WAIT_FLAGS,   /* -h HOST -p PORT and their long forms */
	WAIT_URL,     /* http://HOST[:PORT]/... */
};

struct waiter {
	const char *name;
	enum wait_style style;
	const char *host, *port, *standard; /* WAIT_FLAGS: letters, and the port without one */
};

struct peer {
	struct cln_buf host, port; /* live, without quotes; the port may stand in host */
	const char *plain;	   /* the host as it was */
};

static const struct waiter waiters[] = {
	{ "curl", WAIT_URL, NULL, NULL, NULL },
	{ "dockerize", WAIT_ADDRESS, NULL, NULL, NULL },
	{ "mariadb-admin", WAIT_FLAGS, "h", "P", "3306" },
	{ "mysqladmin", WAIT_FLAGS, "h", "P", "3306" },
	{ "nc", WAIT_WORDS, NULL, NULL, NULL },
	{ "ncat", WAIT_WORDS, NULL, NULL, NULL },
	{ "netcat", WAIT_WORDS, NULL, NULL, NULL },
	{ "pg_isready", WAIT_FLAGS, "h", "p", "5432" },
	{ "redis-cli", WAIT_FLAGS, "h", "p", "6379" },
	{ "wait-for", WAIT_ADDRESS, NULL, NULL, NULL },
	{ "wait-for-it", WAIT_ADDRESS, NULL, NULL, NULL },
	{ "wait-for-it.sh", WAIT_ADDRESS, NULL, NULL, NULL },
	{ "wait-for.sh", WAIT_ADDRESS, NULL, NULL, NULL },
	{ "wget", WAIT_URL, NULL, NULL, NULL },
};

static const struct waiter *waiter_of(const char *path)
{
	for (size_t i = 0; i < CLN_COUNT(waiters); i++)
		if (!strcmp(waiters[i].name, cln_path_name(path)))
			return &waiters[i];
	return NULL;
}

static bool is_port(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n && n <= 5 && !text[n] && strtoul(text, NULL, 10) <= 65535;
}

/* A word as the script wrote it, or as it is; its quotes left out. */
static void live_word(
	struct lower *lower, const char *before, const char *word, struct cln_buf *out)
{
	cln_owned(cln_buf_release) struct cln_buf live = { 0 };

	if (script_explains(&lower->script, before, word, &live))
		cln_buf_add(out, live.data + 1, live.size - 2);
	else
		script_quote_inside(out, word, strlen(word));
}

static bool peer_address(struct lower *lower, const char *word, struct peer *peer)
{
	const char *text = strncmp(word, "tcp://", 6) ? word : word + 6;
	const char *colon = strrchr(text, ':');

	if (!colon || colon == text || !is_port(colon + 1) || strchr(text, '/'))
		return false;
	peer->plain = cln_arena_strndup(lower->scene.arena, text, (size_t)(colon - text));
	live_word(lower, NULL, text, &peer->host); /* with its port */
	return true;
}

static bool peer_url(struct lower *lower, const char *word, struct peer *peer)
{
	const char *text = strstr(word, "://");
	bool tls = !strncmp(word, "https:", 6);

	if (!text || strncmp(word, "http", 4) != 0)
		return false;
	text += 3;
	size_t size = strcspn(text, "/?#"), host = strcspn(text, ":/?#");

	if (!host || memchr(text, '@', size))
		return false;
	peer->plain = cln_arena_strndup(lower->scene.arena, text, host);
	live_word(lower, NULL, peer->plain, &peer->host);
	if (size > host)
		live_word(lower, NULL,
			cln_arena_strndup(lower->scene.arena, text + host + 1, size - host - 1),
			&peer->port);
	else
		cln_buf_adds(&peer->port, tls ? "443" : "80");
	return true;
}

static bool peer_words(struct lower *lower, const char *const *argv, struct peer *peer)
{
	size_t n = 0;

	while (argv[n])
		n++;
	if (n < 3 || !is_port(argv[n - 1]) || argv[n - 2][0] == '-')
		return false;
	peer->plain = argv[n - 2];
	live_word(lower, argv[n - 3], argv[n - 2], &peer->host);
	live_word(lower, argv[n - 2], argv[n - 1], &peer->port);
	return true;
}

/* The value of -h HOST, -hHOST, --host=HOST or --host HOST; *before: the word in front. */
static const char *flag_value(const char *const *argv, const char *letter, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 1; argv[i]; i++) {
		const char *word = argv[i];

		if (word[0] == '-' && word[1] == *letter)
			return word[2] ? word + 2 : argv[i + 1];
		if (!strncmp(word, "--", 2) && !strncmp(word + 2, name, size))
			return word[2 + size] == '=' ? word + 3 + size : argv[i + 1];
	}
	return NULL;
}

static bool peer_flags(struct lower *lower, const struct waiter *waiter, const char *const *argv,
	struct peer *peer)
{
	const char *host = flag_value(argv, waiter->host, "host");
	const char *port = flag_value(argv, waiter->port, "port");

	if (!host || *host == '/')
		return false;
	peer->plain = host;
	live_word(lower, NULL, host, &peer->host);
	live_word(lower, NULL, port && is_port(port) ? port : waiter->standard, &peer->port);
	return true;
}

static bool find_peer(struct lower *lower, const struct waiter *waiter, const char *const *argv,
	struct peer *peer)
{
	bool found = false;

	if (waiter->style == WAIT_WORDS)
		return peer_words(lower, argv, peer);
	if (waiter->style == WAIT_FLAGS)
		return peer_flags(lower, waiter, argv, peer);
	for (size_t i = 1; argv[0] && argv[i] && !found; i++)
		found = waiter->style == WAIT_URL ? peer_url(lower, argv[i], peer)
						  : peer_address(lower, argv[i], peer);
	return found;
}

/* A server of start-up itself: nobody waits for it in production. */
static bool is_itself(const char *host)
{
	return !strcmp(host, "localhost") || !strncmp(host, "127.", 4) || !strcmp(host, "::1") ||
	       !strcmp(host, "[::1]") || !strcmp(host, "0.0.0.0");
}

/* -t N, -tN, --timeout=N of wait-for-it; 0 means for ever there. */
static unsigned patience(const struct waiter *waiter, const char *const *argv)
{
	const char *text = waiter->style == WAIT_ADDRESS ? flag_value(argv, "t", "timeout") : NULL;
	unsigned long seconds = text ? strtoul(text, NULL, 10) : WAIT_SECONDS;

	return seconds && seconds < WAIT_SECONDS_MAX ? (unsigned)seconds : WAIT_SECONDS_MAX;
}

/* Called by another one of them, which stands for both. */
static bool covered(const struct scene *scene, uint32_t exec)
{
	const struct cln_trace *trace = scene->in->trace;
	uint32_t parent = trace->exec[exec].parent;

	for (size_t steps = 0; parent != CLN_TRACE_NONE && steps <= trace->exec_count; steps++) {
		if (scene->side[parent] == SIDE_STARTUP && waiter_of(trace->exec[parent].path))
			return true;
		parent = trace->exec[parent].parent;
	}
	return false;
}

bool lower_wait(struct lower *lower, uint32_t index)
{
	const struct cln_trace_exec *exec = scene_exec(&lower->scene, index);
	const struct waiter *waiter = waiter_of(exec->path);
	const char *const *argv = scene_argv(exec);
	struct peer peer = { 0 };
	struct cln_buf text = { 0 };

	if (waiter && covered(&lower->scene, index))
		return true;
	if (!waiter || !argv[0] || !find_peer(lower, waiter, argv, &peer) ||
		is_itself(peer.plain)) {
		cln_buf_release(&peer.host);
		cln_buf_release(&peer.port);
		return false;
	}
	cln_buf_addf(&text, " tcp \"%s%s%s\" %us", peer.host.data, peer.port.size ? ":" : "",
		peer.port.size ? peer.port.data : "", patience(waiter, argv));
	lines_add(&lower->exec, "wait", &text,
		cln_arena_format(lower->scene.arena, "start-up waited with %s",
			scene_command_text(&lower->scene, index)));
	cln_buf_release(&peer.host);
	cln_buf_release(&peer.port);
	return true;
}
