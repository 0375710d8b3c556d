// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/template.h"

#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 256
#define LINE_SUBSTITUTIONS 8
#define LINE_MAX_BYTES 4096
#define DERIVE_WORK 1000000u /* bytes looked at over one file: a hostile one gives up */

static bool name_byte(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

size_t template_reference(const char *at, const char *end, const char **name, size_t *name_length)
{
	const char *p = at + 1;
	bool braced = p < end && *p == '{';
	const char *start = p += braced;

	while (p < end && name_byte(*p, p == start))
		p++;
	*name = start;
	*name_length = (size_t)(p - start);
	if (!*name_length || *name_length > NAME_MAX_BYTES || (braced && (p == end || *p != '}')))
		return 0;
	return (size_t)(p - at) + braced;
}

static const struct template_var *var_find(
	const struct template_vars *vars, const char *name, size_t length)
{
	for (size_t i = 0; i < vars->count; i++)
		if (!strncmp(vars->var[i].name, name, length) && !vars->var[i].name[length])
			return &vars->var[i];
	return NULL;
}

static bool match_has(const struct template_match *match, const char *name, size_t length)
{
	for (size_t i = 0; i < match->count; i++)
		if (!strncmp(match->name[i], name, length) && !match->name[i][length])
			return true;
	return false;
}

static bool match_add(struct template_match *match, const char *name)
{
	if (match_has(match, name, strlen(name)))
		return true;
	if (match->count == CLN_COUNT(match->name))
		return false;
	match->name[match->count++] = name;
	return true;
}

enum verdict { UNDECIDED, LITERAL, REPLACED };

struct decision { /* what happens to one name, everywhere */
	const char *name;
	size_t length;
	enum verdict verdict;
	const char *value; /* of REPLACED; of a secret: inside the content */
	size_t value_length;
};

struct explaining {
	const struct template_vars *vars;
	const char *at, *end;	/* template */
	const char *out, *stop; /* content */
	struct decision *decision;
	size_t count, room;
};

static struct decision *decision_of(struct explaining *x, const char *name, size_t length)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->decision[i].length == length && !memcmp(x->decision[i].name, name, length))
			return &x->decision[i];
	if (x->count == x->room)
		return NULL;
	x->decision[x->count] = (struct decision){ .name = name, .length = length };
	return &x->decision[x->count++];
}

/* A secret's value ends where the template's next literal stretch begins. */
static size_t secret_length(const struct explaining *x, const char *after)
{
	const char *literal_end = memchr(after, '$', (size_t)(x->end - after));
	size_t literal = (size_t)((literal_end ? literal_end : x->end) - after);
	const char *line = memchr(x->out, '\n', (size_t)(x->stop - x->out));
	const char *limit = line ? line : x->stop;

	if (literal) {
		const char *newline = memchr(after, '\n', literal);

		if (newline)
			literal = (size_t)(newline - after) + 1;
		const char *found = memmem(x->out, (size_t)(x->stop - x->out), after, literal);

		if (found && found <= limit)
			limit = found;
	}
	return (size_t)(limit - x->out);
}

static void decide(struct explaining *x, struct decision *d, size_t reference)
{
	const struct template_var *var = var_find(x->vars, d->name, d->length);
	size_t left = (size_t)(x->stop - x->out);

	d->verdict = LITERAL;
	if ((left >= reference && !memcmp(x->out, x->at, reference)) || !var)
		return;
	if (var->secret) {
		d->value = x->out;
		d->value_length = secret_length(x, x->at + reference);
	} else if (var->value) {
		d->value = var->value;
		d->value_length = strlen(var->value);
	}
	d->verdict = d->value ? REPLACED : LITERAL;
}

/* Consumes the same text on both sides, or a reference and what became of it. */
static bool explain_step(struct explaining *x)
{
	struct decision *d;
	const char *name;
	size_t length, reference = 0;

	if (*x->at == '$')
		reference = template_reference(x->at, x->end, &name, &length);
	if (!reference) {
		if (x->out == x->stop || *x->out != *x->at)
			return false;
		x->at++;
		x->out++;
		return true;
	}
	d = decision_of(x, name, length);
	if (!d)
		return false;
	if (d->verdict == UNDECIDED)
		decide(x, d, reference);
	const char *want = d->verdict == LITERAL ? x->at : d->value;
	size_t size = d->verdict == LITERAL ? reference : d->value_length;

	if ((size_t)(x->stop - x->out) < size || memcmp(x->out, want, size) != 0)
		return false;
	x->at += reference;
	x->out += size;
	return true;
}

static bool explain_names(const struct explaining *x, struct template_match *out)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct decision *d = &x->decision[i];
		const struct template_var *var = var_find(x->vars, d->name, d->length);

		if (d->verdict != REPLACED)
			continue;
		if (!var || !match_add(out, var->name))
			return false;
	}
	return out->count > 0;
}

bool template_explains(const struct cln_buf *text, const struct cln_buf *content,
	const struct template_vars *vars, struct template_match *out)
{
	struct decision decision[128];
	struct explaining x = {
		.vars = vars,
		.at = text->data,
		.end = text->data + text->size,
		.out = content->data,
		.stop = content->data + content->size,
		.decision = decision,
		.room = CLN_COUNT(decision),
	};

	*out = (struct template_match){ 0 };
	if (!text->size || !content->size)
		return false;
	while (x.at < x.end)
		if (!explain_step(&x))
			return false;
	return x.out == x.stop && explain_names(&x, out);
}

void template_render(const struct cln_buf *text, const struct template_vars *vars,
	const struct template_match *match, struct cln_buf *out)
{
	const char *at = text->data, *end = text->data + text->size;

	while (at < end) {
		const char *name;
		size_t length, reference = 0;

		if (*at == '$')
			reference = template_reference(at, end, &name, &length);
		if (!reference || !match_has(match, name, length)) {
			size_t size = reference ? reference : 1;

			cln_buf_add(out, at, size);
			at += size;
			continue;
		}
		const struct template_var *var = var_find(vars, name, length);

		if (var && var->value)
			cln_buf_adds(out, var->value);
		at += reference;
	}
}

/* One line of both files; the recursion finds a chain of substitutions. */
struct deriving {
	const struct template_vars *vars;
	struct template_match *match;
	struct cln_buf *out;
	unsigned work; /* left */
};

struct piece {
	const char *at, *end;
};

static bool contains_name(struct piece token, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = token.at; p + length <= token.end; p++)
		if (!strncasecmp(p, name, length))
			return true;
	return false;
}

/* Tokens that may be replaced: a placeholder that names the variable, or a
 * word without blanks whose value is too long to be a coincidence. */
static bool plausible(struct piece token, const struct template_var *var)
{
	size_t size = (size_t)(token.end - token.at);

	if (!size || memchr(token.at, ' ', size) || memchr(token.at, '\t', size))
		return false;
	return contains_name(token, var->name) || strlen(var->value) >= 3;
}

/* False once a file took more work than any honest one. */
static bool spend(struct deriving *d, size_t bytes)
{
	d->work = bytes < d->work ? d->work - (unsigned)bytes : 0;
	return d->work;
}

static bool derive_rest(struct deriving *d, struct piece base, struct piece line, int depth);

/* Tries: the line continues with var's value where the base has some token. */
static bool derive_var(struct deriving *d, struct piece base, struct piece line, int depth,
	const struct template_var *var)
{
	size_t length = strlen(var->value);
	size_t mark = d->out->size, names = d->match->count;

	if ((size_t)(line.end - line.at) < length || memcmp(line.at, var->value, length) != 0)
		return false;
	for (const char *stop = base.at + 1; stop <= base.end; stop++) {
		if (!spend(d, 1 + (size_t)(stop - base.at)))
			return false;
		if (!plausible((struct piece){ base.at, stop }, var))
			continue;
		cln_buf_addf(d->out, "${%s}", var->name);
		if (match_add(d->match, var->name) &&
			derive_rest(d, (struct piece){ stop, base.end },
				(struct piece){ line.at + length, line.end }, depth - 1))
			return true;
		d->out->size = mark;
		d->match->count = names;
	}
	return false;
}

/* named: only variables that the base's text names here; they go first. */
static bool derive_any(
	struct deriving *d, struct piece base, struct piece line, int depth, bool named)
{
	for (size_t i = 0; i < d->vars->count; i++) {
		const struct template_var *var = &d->vars->var[i];

		if (!var->value || !*var->value || var->secret)
			continue;
		if (contains_name(base, var->name) == named &&
			derive_var(d, base, line, depth, var))
			return true;
	}
	return false;
}

/* Substitutions may start at any byte of the common prefix: the longest first. */
static bool derive_rest(struct deriving *d, struct piece base, struct piece line, int depth)
{
	size_t size = (size_t)(base.end - base.at), mark = d->out->size, same = 0;

	if (size == (size_t)(line.end - line.at) && !memcmp(base.at, line.at, size)) {
		cln_buf_add(d->out, base.at, size);
		return true;
	}
	if (depth <= 0 || size > LINE_MAX_BYTES)
		return false;
	while (base.at + same < base.end && line.at + same < line.end &&
		base.at[same] == line.at[same])
		same++;
	for (size_t k = same + 1; k-- > 0;) {
		struct piece b = { base.at + k, base.end }, l = { line.at + k, line.end };

		if (!spend(d, 1 + k + d->vars->count))
			return false;
		cln_buf_add(d->out, base.at, k);
		if (derive_any(d, b, l, depth, true) || derive_any(d, b, l, depth, false))
			return true;
		d->out->size = mark;
	}
	return false;
}

static struct piece line_of(const char **at, const char *end)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));
	struct piece line = { *at, newline ? newline : end };

	*at = newline ? newline + 1 : end;
	return line;
}

bool template_derive(const struct cln_buf *base, const struct cln_buf *content,
	const struct template_vars *vars, struct template_match *match, struct cln_buf *out)
{
	struct deriving d = { .vars = vars, .match = match, .out = out, .work = DERIVE_WORK };
	const char *b = base->data, *bend = base->data + base->size;
	const char *c = content->data, *cend = content->data + content->size;
	struct cln_buf again = { 0 };
	bool fine;

	*match = (struct template_match){ 0 };
	while (b < bend && c < cend) {
		struct piece bl = line_of(&b, bend), cl = line_of(&c, cend);

		if (!derive_rest(&d, bl, cl, LINE_SUBSTITUTIONS))
			return false;
		if (bl.end < bend)
			cln_buf_addc(out, '\n');
	}
	if (b < bend || c < cend || !match->count)
		return false;
	template_render(out, vars, match, &again);
	fine = again.data && again.size == content->size &&
	       !memcmp(again.data, content->data, again.size);
	cln_buf_release(&again);
	return fine;
}
