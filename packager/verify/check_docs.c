/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_docs.c - init.conf and config.json against the image, and whose documents they are.
 */
#include "init/format.h"
#include "packager/verify/check.h"

#include <string.h>

static void broken(struct findings *findings, const char *check, const char *path, const char *text)
{
	findings_add(findings,
		&(struct finding){
			.level = FINDING_BROKEN, .check = check, .path = path, .text = text });
}

#define WORDS_MAX 512

static const struct directive {
	const char *word;
	size_t fewest, most;
} directives[] = {
#define X(name, least, greatest, synopsis, meaning) { #name, least, greatest },
	INIT_DIRECTIVES(X)
#undef X
};

/* Splits one line in place as init/format.h says, `${}` left alone. -1: a quote
 * is not closed or there are too many words. */
static int split(char *at, char *word[WORDS_MAX])
{
	int count = 0;

	for (at += strspn(at, " \t\r"); *at && *at != '#'; at += strspn(at, " \t\r")) {
		char *to = at;
		bool quoted = false;

		if (count == WORDS_MAX)
			return -1;
		word[count++] = to;
		for (; *at && (quoted || !strchr(" \t\r", *at)); at++) {
			if (*at == '"')
				quoted = !quoted;
			else if (*at == '\\' && at[1])
				*to++ = *++at;
			else
				*to++ = *at;
		}
		if (quoted)
			return -1;
		if (*at)
			at++;
		*to = '\0';
	}
	return count;
}

static bool exists(const struct check_input *in, const char *path)
{
	struct tree_walk walk;

	return tree_resolve(in->tree, path, true, &walk) != TREE_NONE || check_mounted(in, path) ||
	       check_mounted(in, walk.real);
}

static bool fixed(const char *word)
{
	return word[0] == '/' && !strstr(word, "${");
}

/* Landlock grants nothing for a path that is not there: a rule for nothing. */
static void check_rule(
	const struct check_input *in, char *const *word, int count, struct findings *findings)
{
	for (int i = 2; i < count; i++) {
		bool engines = !strncmp(word[i], "/dev", 4) || !strncmp(word[i], "/proc", 5);

		if (fixed(word[i]) && !engines && !exists(in, word[i]))
			broken(findings, "init-path", word[i],
				cln_arena_format(findings->arena,
					"%s: \"landlock %s\" names %s, which is not there",
					INIT_CONF_PATH, word[1], word[i]));
	}
}

/* The words that must name something in the image. */
static void check_line(
	const struct check_input *in, char *const *word, int count, struct findings *findings)
{
	const char *path = NULL;

	if (count > 2 && strcmp(word[0], "landlock") == 0 && strcmp(word[1], "require") != 0)
		check_rule(in, word, count, findings);
	if (strcmp(word[0], "exec") == 0 || strcmp(word[0], "template") == 0 ||
		strcmp(word[0], "copy") == 0 || strcmp(word[0], "cwd") == 0)
		path = word[1];
	for (int i = 1; strcmp(word[0], "run") == 0 && i + 1 < count; i++)
		if (strcmp(word[i], "--") == 0) {
			path = word[i + 1];
			break;
		}
	if (path && fixed(path) && !exists(in, path))
		broken(findings, "init-path", path,
			cln_arena_format(findings->arena,
				"%s: \"%s %s\" names a file that is not there", INIT_CONF_PATH,
				word[0], path));
}

static void check_directive(
	const struct check_input *in, char *line, int number, struct findings *findings)
{
	char *word[WORDS_MAX] = { NULL };
	int count = split(line, word);
	const char *fault = "a word is not closed";

	if (count == 0)
		return;
	for (size_t i = 0; count > 0 && i < CLN_COUNT(directives); i++) {
		if (strcmp(word[0], directives[i].word) != 0)
			continue;
		if ((size_t)count - 1 >= directives[i].fewest &&
			(size_t)count - 1 <= directives[i].most) {
			check_line(in, word, count, findings);
			return;
		}
		fault = "wrong number of words";
		break;
	}
	if (count > 0 && number == 1 && strcmp(word[0], "clnimg-init") == 0)
		return;
	if (count > 0 && strcmp(fault, "a word is not closed") == 0)
		fault = "unknown directive";
	broken(findings, "init-conf", INIT_CONF_PATH,
		cln_arena_format(findings->arena, "%s:%d: %s", INIT_CONF_PATH, number, fault));
}

int check_init(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	uint32_t id = tree_lookup(in->tree, INIT_CONF_PATH);
	cln_owned(cln_drop_mem) char *text = NULL;
	char *save = NULL;
	size_t size, header = strlen(INIT_CONF_HEADER);
	int number = 0, r;

	if (id == TREE_NONE) {
		broken(findings, "init-conf", INIT_CONF_PATH, "there is no " INIT_CONF_PATH);
		return 0;
	}
	r = tree_read_all(in->tree, id, INIT_CONF_MAX_BYTES, &text, &size, err);
	if (r < 0)
		return cln_within(err, "%s", INIT_CONF_PATH);
	/* The first directive, behind comments, is the version. */
	if (strncmp(text, INIT_CONF_HEADER, header) != 0 &&
		!strstr(text, "\n" INIT_CONF_HEADER "\n"))
		broken(findings, "init-conf", INIT_CONF_PATH,
			INIT_CONF_PATH " does not start with \"" INIT_CONF_HEADER "\"");
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (strcmp(line, INIT_CONF_HEADER) != 0)
			check_directive(in, line, number, findings);
	}
	(void)save;
	return 0;
}

static void policy(struct findings *findings, const char *text)
{
	findings_add(findings,
		&(struct finding){ .level = FINDING_POLICY, .check = "runtime", .text = text });
}

int check_runtime(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	const json_t *process = json_object_get(in->runtime, "process");
	const json_t *user = json_object_get(process, "user");
	const json_t *bounding =
		json_object_get(json_object_get(process, "capabilities"), "bounding");

	(void)err;
	if (!in->runtime)
		return 0;
	if (!cln_json_bool(json_object_get(in->runtime, "root"), "readonly", false))
		policy(findings, "config.json: the root is not read-only");
	if (!cln_json_bool(process, "noNewPrivileges", false))
		policy(findings, "config.json: noNewPrivileges is not set");
	if (cln_json_int(user, "uid", 0) == 0)
		policy(findings, "config.json: the user is root");
	if (cln_json_int(user, "uid", 0) != strtol(in->image->user, NULL, 10))
		policy(findings, "config.json: another user than the image's");
	if (json_array_size(bounding) > 0)
		findings_add(findings,
			&(struct finding){ .level = FINDING_NOTE,
				.check = "runtime",
				.text = "config.json leaves capabilities to the container" });
	return 0;
}

/* The digest of the image that the bill of materials describes: 64 hex digits, or NULL. */
static const char *described(const json_t *sbom)
{
	json_t *entry, *sum;
	size_t index, at;

	json_array_foreach (json_object_get(sbom, "packages"), index, entry) {
		if (strcmp(cln_json_str(entry, "SPDXID", ""), "SPDXRef-Image") != 0)
			continue;
		json_array_foreach (json_object_get(entry, "checksums"), at, sum)
			if (!strcmp(cln_json_str(sum, "algorithm", ""), "SHA256"))
				return cln_json_str(sum, "checksumValue", NULL);
	}
	return NULL;
}

/* Documents are published just before their image: a kill, or a power cut, between the two
 * leaves those of an image that is not there. */
int check_belongs(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	const char *of = in->sbom ? described(in->sbom) : NULL;

	(void)err;
	/* other places give an image another manifest */
	if (!of || !in->image || !in->image->ref || strncmp(in->image->ref, "oci", 3) != 0 ||
		!strcmp(in->image->digest + strlen("sha256:"), of))
		return 0;
	findings_add(findings,
		&(struct finding){ .level = FINDING_BROKEN,
			.check = "documents",
			.text = cln_arena_format(findings->arena,
				"these documents belong to the image sha256:%s; this is %s: %s", of,
				in->image->digest,
				"another image, or a packing that was killed before its end"),
			.fix = "pack again with the same --output and --emit" });
	return 0;
}
