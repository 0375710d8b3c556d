// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/script.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct template_var var[] = {
	{ "ADDRESS", "0.0.0.0:8000", false },
	{ "DATA", "/var/lib/app", false },
	{ "PORT", "8000", false },
	{ "TOKEN", "", true },
};
static const struct template_vars vars = { var, CLN_COUNT(var) };

static struct script script_of(const char *text)
{
	return (struct script){ .text = text, .size = strlen(text), .vars = &vars };
}

Test(script, assigns)
{
	static const struct {
		const char *text, *name, *value;
		enum script_how how;
		const char *word;
	} cases[] = {
		{ "export PORT=\"${PORT:-8000}\"", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ "PORT=${PORT:-8000}\nexport PORT", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ ": \"${PORT:=8000}\"", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ ": ${PORT=8000}", "PORT", "8000", SCRIPT_DEFAULT, "\"8000\"" },
		{ "PORT=8000", "PORT", "8000", SCRIPT_ALWAYS, "\"8000\"" },
		{ "if [ -z \"$PORT\" ]; then PORT=8000; fi", "PORT", "8000", SCRIPT_DEFAULT,
			"\"8000\"" },
		{ "ADDRESS=0.0.0.0:$PORT", "ADDRESS", "0.0.0.0:8000", SCRIPT_ALWAYS,
			"\"0.0.0.0:${PORT}\"" },
		{ "ADDRESS=\"${ADDRESS:-0.0.0.0:${PORT}}\"", "ADDRESS", "0.0.0.0:8000",
			SCRIPT_DEFAULT, "\"0.0.0.0:${PORT}\"" },
		{ "p=${PORT:-80}\nADDRESS=0.0.0.0:$p", "ADDRESS", "0.0.0.0:8000", SCRIPT_ALWAYS,
			"\"0.0.0.0:${PORT:-80}\"" },
		{ "X='a $b }'", "X", "a $b }", SCRIPT_ALWAYS, "\"a \\$b \\}\"" },
		{ "PORT=$(nproc)", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "PORT=9000", "PORT", "8000", SCRIPT_UNKNOWN, NULL }, /* never the wrong value */
		{ "MYPORT=8000", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "PORT=${PORT%x}", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "X=$TOKEN", "X", "", SCRIPT_UNKNOWN, NULL },
		{ "", "PORT", "8000", SCRIPT_UNKNOWN, NULL },
		{ "A=$B\nB=$A", "A", "x", SCRIPT_UNKNOWN, NULL }, /* a circle ends */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);
		struct cln_buf word = { 0 };
		enum script_how how = script_assigns(&script, cases[i].name, cases[i].value, &word);

		cr_expect_eq(how, cases[i].how, "%s: %d", cases[i].text, how);
		if (cases[i].word)
			cr_expect_str_eq(word.data ? word.data : "", cases[i].word, "%s: %s",
				cases[i].text, word.data);
		cln_buf_release(&word);
	}
}

Test(script, explains)
{
	static const struct {
		const char *text, *value, *word;
	} cases[] = {
		{ "exec gunicorn --bind \"0.0.0.0:${PORT:-80}\" app", "0.0.0.0:8000",
			"\"0.0.0.0:${PORT:-80}\"" },
		{ "exec x -D \"$DATA\"", "/var/lib/app", "\"${DATA}\"" },
		{ "exec x --bind=0.0.0.0:$PORT", "--bind=0.0.0.0:8000",
			"\"--bind=0.0.0.0:${PORT}\"" },
		{ "p=$PORT; exec x --bind=:$p", "--bind=:8000", "\"--bind=:${PORT}\"" },
		{ ": ${LISTEN:=81}; exec x -p \"$LISTEN\"", "81", "\"${LISTEN:-81}\"" },
		{ "exec x 8000", "8000", NULL }, /* a constant stays one */
		{ "exec x `echo $PORT`", "8000", NULL },
		{ "exec x '$PORT'", "$PORT", NULL },
		{ "exec x \"$TOKEN\"", "", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);
		struct cln_buf word = { 0 };
		bool found = script_explains(&script, NULL, cases[i].value, &word);

		cr_expect_eq(found, cases[i].word != NULL, "%s", cases[i].text);
		if (found && cases[i].word)
			cr_expect_str_eq(
				word.data, cases[i].word, "%s: %s", cases[i].text, word.data);
		cln_buf_release(&word);
	}
}

Test(script, standards)
{
	static const struct {
		const char *text, *want; /* NAME=VALUE of each */
	} cases[] = {
		{ ": \"${LISTEN:=81}\"", "LISTEN=81 " },
		{ "LEVEL=${LEVEL:-info}\nsed s/@L@/$LEVEL/", "LEVEL=info " },
		{ "sed s/@L@/${LEVEL:-info}/ ${FILE-/etc/x}", "LEVEL=info FILE=/etc/x " },
		{ ": ${A:=1}; A=2", "" },		  /* it gets another value */
		{ ": ${A:=$B}; : ${C:=`hostname`}", "" }, /* no constants */
		{ ": ${PORT:=1}", "" },			  /* main has it: that value counts */
		{ ": ${A:=1} ${A:=2} ${B:-}", "A=1 " },
		{ "${", "" },
		{ "echo ${#A} ${A", "" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
		struct script script = script_of(cases[i].text);
		struct script_standard own[SCRIPT_FILE_NAMES];
		struct cln_buf all = { 0 };

		for (size_t k = 0, n = script_standards(&script, arena, own); k < n; k++)
			cln_buf_addf(&all, "%s=%s ", own[k].name, own[k].value);
		cr_expect_str_eq(all.data ? all.data : "", cases[i].want, "%s", cases[i].text);
		cln_buf_release(&all);
	}
}

Test(script, sources)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
		{ ". /etc/app/env", true },
		{ "if [ -f /etc/app/env ]; then\n\tsource \"/etc/app/env\"\nfi", true },
		{ ": ${CONF:=/etc/app}\n. \"$CONF/env\"", true },
		{ "for f in /etc/app/*; do . \"$f\"; done", true }, /* cannot be told */
		{ "while read x; do :; done < /etc/app/env", false },
		{ ". /etc/app/other", false },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);

		cr_expect_eq(script_sources(&script, "/etc/app/env"), cases[i].want, "%s",
			cases[i].text);
	}
}

Test(script, mentions)
{
	struct script script = script_of("echo $PORT ${DATA:-x} MYTOKEN\n");

	cr_expect(script_mentions(&script, "PORT"));
	cr_expect(script_mentions(&script, "DATA"));
	cr_expect_not(script_mentions(&script, "TOKEN"));
	cr_expect_not(script_mentions(&script, "POR"));
}

/* A withheld value is put back by name, where what stands around it is enough to tell. */
Test(script, explains_secrets)
{
	static const struct {
		const char *text, *before, *value, *word;
	} cases[] = {
		{ "app --token=\"$TOKEN\"", "app", "--token=abc", "\"--token=${TOKEN}\"" },
		{ "app --pass \"$TOKEN\"", "--pass", "abc", "\"${TOKEN}\"" },
		{ "app --pass \"${TOKEN:-}\"", "--pass", "abc", "\"${TOKEN:-}\"" },
		{ "app --pass \"$TOKEN\"", "--user", "abc", NULL }, /* another option's value */
		{ "app --pass \"$TOKEN\"", NULL, "abc", NULL },
		{ "app --token=\"$TOKEN\"", "app", "--token=", NULL }, /* it was empty */
		{ "app a\"$TOKEN\"b", "x", "a-b", NULL },	       /* too little to tell */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);
		struct cln_buf word = { 0 };
		bool found = script_explains(&script, cases[i].before, cases[i].value, &word);

		cr_expect_eq(found, cases[i].word != NULL, "%s", cases[i].text);
		if (cases[i].word)
			cr_expect_str_eq(word.data ? word.data : "", cases[i].word);
		cln_buf_release(&word);
	}
}

Test(script, passes)
{
	static const struct {
		const char *text,
			*want; /* kind, words with @ for "$@", ? for what cannot be told */
	} cases[] = {
		{ "exec \"$@\"", "exec @" },
		{ "\texec app -p $PORT \"$@\" x\n", "exec app -p 8000 @ x" },
		{ "exec app a \\\n\t\"$@\" \\\n\tb", "exec app a @ b" },
		{ "if x; then set -- app \"$@\"; fi", "set app @" },
		{ "-*) set -- app \"$@\" ;;", "set app @" },
		{ "exec gosu \"$(id -u \"$0\")\" app \"$@\" 2>&1 | tee", "exec gosu ? app @ 2 ?" },
		{ "echo '$@' # \"$@\"\n", NULL },
		{ "case \"$1\" in a) ;; esac; f() { app \"$@\" & }", "run app @" },
		{ "x=\"unclosed \"$@", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);
		struct cln_arena *arena = cln_arena_new();
		struct cln_buf got = { 0 };
		struct script_pass pass;
		const char *at = NULL;
		bool found = script_next_pass(&script, &at, arena, &pass);

		cr_expect_eq(found, cases[i].want != NULL, "%s", cases[i].text);
		if (found) {
			cln_buf_adds(&got, pass.is_exec ? "exec" : pass.is_set ? "set" : "run");
			for (size_t k = 0; k <= pass.count; k++) {
				if (k == pass.args)
					cln_buf_adds(&got, " @");
				if (k < pass.count)
					cln_buf_addf(
						&got, " %s", pass.word[k] ? pass.word[k] : "?");
			}
			cr_expect_str_eq(got.data, cases[i].want ? cases[i].want : "");
		}
		cln_buf_release(&got);
		cln_arena_free(arena);
	}
}

/* Files that the script spells out: their text, and which variables stand in it. */
Test(script, spells)
{
	static const struct {
		const char *text, *content, *template, *names;
	} cases[] = {
		{ "cat > /f <<EOF\nport=$PORT\nEOF\n", "port=8000\n", "port=${PORT}\n", "PORT" },
		{ "cat <<-EOF > \"/f\"\n\tport=${PORT}\n\tEOF\n", "port=8000\n", "port=${PORT}\n",
			"PORT" },
		{ "tee /f <<EOF\na \"$PORT\"\nEOF\n", "a \"8000\"\n", "a \"${PORT}\"\n", "PORT" },
		{ "cat >/f <<'EOF'\nport=$PORT\nEOF\n", "port=$PORT\n", "port=$PORT\n", "" },
		{ "cat >/f <<EOF\n\\$uri ${LEVEL:-info}\nEOF\n", "$uri info\n", "$uri ${LEVEL}\n",
			"LEVEL=info" },
		{ "echo \"$TOKEN\" > /f", "s3cret\n", "${TOKEN}\n", "TOKEN" },
		{ "f=/f\necho -n \"$DATA\" x > \"$f\"", "/var/lib/app x", "${DATA} x", "DATA" },
		{ "printf '%s\\n' \"$DATA\" >/f", "/var/lib/app\n", "${DATA}\n", "DATA" },
		{ "cat > /f <<EOF\nport=$PORT\nEOF\n", "port=9000\n", NULL, NULL }, /* never */
		{ "cat > /g <<EOF\nport=$PORT\nEOF\n", "port=8000\n", NULL, NULL },
		{ "cat >> /f <<EOF\nport=$PORT\nEOF\n", "port=8000\n", NULL, NULL },
		{ "cat > /f <<EOF\nport=$(p)\nEOF\n", "port=8000\n", NULL, NULL },
		{ "cat > /f <<EOF\n\\$PORT=$PORT\nEOF\n", "$PORT=8000\n", NULL, NULL },
		{ "cat > /f <<EOF\nport=$PORT\n", "port=8000\n", NULL, NULL }, /* no end */
		{ "echo -e \"$PORT\" > /f", "8000\n", NULL, NULL },
		{ "echo \"$PORT\" 2> /f", "8000\n", NULL, NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct script script = script_of(cases[i].text);
		struct script_file file;
		struct cln_buf names = { 0 };
		bool found = script_spells(&script, "/f", cases[i].content, &file);

		cr_expect_eq(found, cases[i].template != NULL, "%s", cases[i].text);
		if (!found)
			continue;
		cln_buf_adds(&names, "");
		for (size_t k = 0; k < file.count; k++)
			cln_buf_addf(&names, "%s%s%s%s", k ? "," : "", file.name[k],
				file.standard[k] ? "=" : "",
				file.standard[k] ? file.standard[k] : "");
		cr_expect_str_eq(file.text.data, cases[i].template);
		cr_expect_str_eq(names.data ? names.data : "", cases[i].names);
		cln_buf_release(&names);
		script_file_release(&file);
	}
}
