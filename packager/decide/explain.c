// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include "common/buf.h"
#include "common/path.h"

#include <stdio.h>
#include <string.h>

#define USES_SHOWN 8u
#define CHAIN_SHOWN 64u

struct explain {
	const struct keep_input *in;
	const struct keep *keep;
	struct cln_buf text;
};

/* Text of the image or the trace between ours. */
static void add(struct explain *x, const char *before, const char *text, const char *after)
{
	cln_buf_adds(&x->text, before);
	cln_buf_add_shown(&x->text, text);
	cln_buf_adds(&x->text, after);
}

static void add_access(struct cln_buf *text, uint32_t access)
{
	const char *comma = "";

	for (int bit = 0; bit < CLN_ACCESS_COUNT; bit++) {
		if (!(access & 1u << bit))
			continue;
		cln_buf_addf(text, "%s%s", comma, cln_access_name(1u << bit));
		comma = ", ";
	}
}

/* "  /usr/sbin/nginx (main): read, map" for every exec that used the file. */
static void add_uses(struct explain *x, const struct cln_trace_file *file)
{
	const struct cln_trace *trace = x->in->trace;

	for (size_t i = 0; i < file->use_count; i++) {
		const struct cln_trace_use *use = &file->use[i];

		if (i == USES_SHOWN) {
			cln_buf_addf(&x->text, "    and %zu more\n", file->use_count - i);
			return;
		}
		if (use->exec == CLN_TRACE_NONE) {
			cln_buf_adds(&x->text, "    an unknown program: ");
		} else {
			add(x, "    ", trace->exec[use->exec].path, "");
			cln_buf_addf(
				&x->text, " (%s): ", cln_role_name(trace->exec[use->exec].role));
		}
		add_access(&x->text, use->access);
		cln_buf_addc(&x->text, '\n');
	}
}

static void add_file(struct explain *x, uint32_t index)
{
	const struct cln_trace_file *file = &x->in->trace->file[index];

	add(x, "  the trace saw ", file->path, "");
	if (file->target)
		add(x, " (led to ", file->target, ")");
	cln_buf_adds(&x->text, " used:\n");
	add_uses(x, file);
}

/* What every closure's reason says of the node that pulled. */
static const char *phrase(enum keep_why why)
{
	switch (why) {
	case WHY_PARENT:
		return "holds";
	case WHY_SYMLINK:
		return "on the way of";
	case WHY_HARD_LINK:
		return "another name of";
	case WHY_INTERP:
		return "the loader of";
	case WHY_NEEDED:
		return "a library that is needed by";
	case WHY_SHEBANG:
		return "the interpreter of";
	case WHY_LOADER:
		return "read by the loader";
	case WHY_NAME_SERVICE:
		return "name service, in use through";
	case WHY_CERTIFICATES:
		return "certificates, in use through";
	case WHY_TIME_ZONE:
		return "time zone data, in use through";
	case WHY_LOCALE:
		return "locale data, in use through";
	case WHY_GCONV:
		return "character set data, in use through";
	case WHY_BYTE_CODE:
		return "byte code or source of";
	case WHY_METADATA:
		return "metadata of the package of";
	case WHY_RECORD:
		return "the record of the package of";
	case WHY_LICENCE:
		return "the licence of the package of";
	case WHY_LISTED:
		return "its name was listed in";
	default:
		return "asked for by";
	}
}

/* One line on a node that is kept for itself; false where it was pulled by *next. */
static bool add_origin(struct explain *x, uint32_t node, uint32_t *next)
{
	enum keep_why why = x->keep->why[node];
	uint32_t via = x->keep->via[node];
	const struct keep_rules *rules = x->in->rules;

	switch (why) {
	case WHY_TRACED:
		if (via == CLN_TRACE_NONE)
			cln_buf_adds(
				&x->text, "  a program of production, or where it was started\n");
		else
			add_file(x, via);
		return true;
	case WHY_RULE_KEEP:
		add(x, "  --keep ", rules->keep.item[via], "\n");
		return true;
	case WHY_RULE_PACKAGE:
		add(x, "  its package ", x->in->packages->package[via].name, " is kept whole\n");
		return true;
	case WHY_DEMAND:
		add(x, "  ", x->in->demand[via].reason, "\n");
		return true;
	case WHY_PACKED:
		cln_buf_adds(&x->text, "  an earlier packing with this manifest put it there\n");
		return true;
	case WHY_IDENTITY:
		cln_buf_adds(&x->text, "  says to scanners which distribution this is\n");
		return true;
	default:
		*next = via;
		return via >= x->keep->node_count || via == node;
	}
}

static void explain_kept(struct explain *x, uint32_t node)
{
	uint32_t next = TREE_NONE;
	char path[4096];

	add(x, "", tree_path(x->in->tree, node, path), "");
	cln_buf_addf(&x->text, ": kept: %s\n", why_name(x->keep->why[node]));
	for (uint32_t i = 0; i < CHAIN_SHOWN; i++) {
		if (add_origin(x, node, &next))
			break;
		cln_buf_addf(&x->text, "  %s", phrase(x->keep->why[node]));
		add(x, " ", tree_path(x->in->tree, next, path), "\n");
		node = next;
	}
	if (x->keep->why[node] >= WHY_PARENT && next == TREE_NONE && x->text.size &&
		x->keep->via[node] == TREE_NONE && x->keep->why[node] < WHY_IDENTITY)
		cln_buf_addf(&x->text, "  %s\n", "the trace shows that the service is in use");
}

/* Whatever the trace says of the path, used or not. */
static void add_facts(struct explain *x, const char *path)
{
	const struct cln_trace *trace = x->in->trace;

	for (uint32_t i = 0; i < trace->file_count; i++)
		if (trace->file[i].root == x->in->root &&
			(!strcmp(trace->file[i].path, path) ||
				(trace->file[i].target && !strcmp(trace->file[i].target, path))))
			add_file(x, i);
}

static void explain_dropped(struct explain *x, uint32_t node, const char *path)
{
	enum keep_why why = x->keep->why[node];
	uint32_t via = x->keep->via[node];

	add(x, "", path, "");
	cln_buf_addf(&x->text, ": dropped: %s\n", why_name(why));
	switch (why) {
	case WHY_UNUSED:
		cln_buf_adds(&x->text, "  nothing asked for it (--keep keeps it)\n");
		break;
	case WHY_STARTUP_ONLY:
		cln_buf_adds(&x->text, "  only start-up used it, which the init replaces\n");
		add_file(x, via);
		return;
	case WHY_RULE_DROP:
		add(x, "  --drop ", x->in->rules->drop.item[via], "\n");
		break;
	case WHY_SHELL:
		cln_buf_adds(&x->text, "  production has no shell (--allow-shell keeps it)\n");
		break;
	case WHY_PACKAGE_MANAGER:
		cln_buf_adds(&x->text,
			"  production installs nothing (--allow-package-manager keeps it)\n");
		break;
	case WHY_DEVICE:
		cln_buf_adds(&x->text, "  devices are the runtime's, never the image's\n");
		break;
	case WHY_LISTED_OUT:
		cln_buf_adds(&x->text,
			"  its directory was listed, it was not used (--listed all keeps it)\n");
		break;
	default:
		break;
	}
	add_facts(x, path);
}

static void explain_absent(struct explain *x, const char *path, const struct tree_walk *walk)
{
	char real[4096];

	add(x, "", path, ": not in the image");
	if (walk->stuck != TREE_NONE)
		add(x, ": nothing of that name below ", tree_path(x->in->tree, walk->stuck, real),
			"");
	cln_buf_addc(&x->text, '\n');
	add_facts(x, path);
}

static void explain_node(struct explain *x, uint32_t node)
{
	char path[4096];

	if (why_keeps(x->keep->why[node]))
		explain_kept(x, node);
	else
		explain_dropped(x, node, tree_path(x->in->tree, node, path));
}

char *keep_explain_new(const struct keep_input *in, const struct keep *keep, const char *path)
{
	struct explain x = { .in = in, .keep = keep };
	struct tree_walk walk;
	char clean[CLN_PATH_MAX];

	if (cln_path_clean(path, clean) < 0)
		return cln_format("%s: not an absolute path\n", path);
	if (tree_resolve(in->tree, clean, false, &walk) == TREE_NONE) {
		explain_absent(&x, clean, &walk);
		return cln_buf_steal(&x.text);
	}
	/* Each symlink on the way, and what stands at its end. */
	for (uint32_t i = 0; i < walk.link_count; i++)
		explain_node(&x, walk.link[i]);
	explain_node(&x, walk.end);
	if (tree_inode(in->tree, walk.end)->type == NODE_SYMLINK &&
		tree_resolve(in->tree, clean, true, &walk) != TREE_NONE)
		explain_node(&x, walk.end);
	return cln_buf_steal(&x.text);
}
