// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/report.h"

#include "common/mem.h"
#include "packager/docs/stream.h"

#include <stdio.h>
#include <string.h>

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *surface_object(const struct facts *facts, bool after)
{
	struct surface surface;
	json_t *object = json_object();

	report_surface(facts, after, &surface);
	json_object_set_new(object, "bytes", number(surface.bytes));
	json_object_set_new(object, "files", number(surface.files));
	json_object_set_new(object, "executables", number(surface.executables));
	json_object_set_new(object, "packages", number(surface.packages));
	json_object_set_new(object, "shells", number(surface.shells));
	json_object_set_new(object, "package_managers", number(surface.package_managers));
	json_object_set_new(object, "setuid", number(surface.setuid));
	return object;
}

static void set_counts(json_t *object, const struct package_fact *fact)
{
	json_object_set_new(object, "files", number(fact->files));
	json_object_set_new(object, "files_kept", number(fact->files_kept));
	json_object_set_new(object, "bytes", number(fact->bytes));
	json_object_set_new(object, "bytes_kept", number(fact->bytes_kept));
}

static json_t *packages(const struct facts *facts)
{
	static const char *const kinds[] = { "deb", "apk", "rpm", "python", "npm", "maven", "gem",
		"go", "cargo" };
	json_t *list = json_array();

	for (uint32_t i = 0; i < facts->in->packages->count; i++) {
		const struct package *package = &facts->in->packages->package[i];
		json_t *object = json_object();

		cln_json_set_str(object, "kind", kinds[package->kind]);
		cln_json_set_str(object, "name", package->name);
		cln_json_set_str(object, "version", package->version);
		cln_json_set_str(object, "arch", package->arch);
		cln_json_set_str(object, "licence", package->licence);
		cln_json_set_str(object, "state",
			!facts->package[i].remains ? "removed"
			: facts_partial(facts, i)  ? "partial"
						   : "kept");
		set_counts(object, &facts->package[i]);
		json_array_append_new(list, object);
	}
	return list;
}

/* Programs that are not the source image's: the init, and what the plan wrote. */
static void add_new_programs(json_t *list, const struct facts *facts)
{
	const struct layout *layout = facts->in->layout;

	for (size_t i = 0; layout && i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];
		char path[4096];

		if (entry->type == NODE_FILE && entry->node == TREE_NONE && (entry->mode & 0111) &&
			!entry->hard_link)
			json_array_append_new(list,
				json_pack("{s:s,s:s,s:s,s:I}", "path",
					layout_path(layout, entry, path), "why",
					layout_origin_name(entry->origin), "via", "clnimg-pack",
					"bytes", (json_int_t)entry->size_bytes));
	}
}

static json_t *executables(const struct facts *facts)
{
	const struct tree *tree = facts->in->tree;
	json_t *list = json_array();
	char path[4096], via[4096];

	for (uint32_t i = 0; i < tree->node_count; i++) {
		uint32_t owner = facts->in->packages->owner[i];
		json_t *object;

		if (!report_is_program(facts, i) || !facts->remains[i])
			continue;
		object = json_object();
		cln_json_set_str(object, "path", tree_path(tree, i, path));
		cln_json_set_str(object, "why", why_name((enum keep_why)facts->in->keep->why[i]));
		cln_json_set_str(object, "via", report_via(facts, i, via));
		if (owner != PACKAGE_NONE)
			cln_json_set_str(
				object, "package", facts->in->packages->package[owner].name);
		json_object_set_new(object, "bytes", number(tree_inode(tree, i)->size_bytes));
		if (tree_inode(tree, i)->mode & 06000)
			json_object_set_new(object, "setuid_cleared", json_true());
		json_array_append_new(list, object);
	}
	add_new_programs(list, facts);
	return list;
}

static json_t *mounts(const struct facts *facts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < facts->in->plan->mount_count; i++) {
		const struct plan_mount *mount = &facts->in->plan->mount[i];
		json_t *object = json_object();
		char mode[8];

		snprintf(mode, sizeof(mode), "%04o", mount->mode & 07777);
		cln_json_set_str(object, "path", mount->path);
		cln_json_set_str(object, "kind", mount->kind == MOUNT_MEMORY ? "memory" : "volume");
		json_object_set_new(object, "size_bytes", number(mount->size_bytes));
		cln_json_set_str(object, "mode", mode);
		json_object_set_new(object, "uid", number(mount->uid));
		json_object_set_new(object, "gid", number(mount->gid));
		json_object_set_new(object, "seeded", json_boolean(mount->seeded));
		json_object_set_new(object, "exec", json_boolean(runtime_may_exec(facts, mount)));
		cln_json_set_str(object, "why", mount->why);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *shown(const struct plan *plan, const char *const *words)
{
	json_t *list = json_array();

	for (size_t i = 0; words && words[i]; i++)
		json_array_append_new(list, cln_json_text(plan_shown(plan, words[i])));
	return list;
}

/* Parents are given by index into this list, or are absent. */
static json_t *execs(const struct facts *facts)
{
	const struct cln_trace *trace = facts->in->trace;
	cln_owned(cln_drop_mem) size_t *place = cln_alloc((trace->exec_count + 1) * sizeof(*place));
	json_t *list = json_array();
	size_t count = 0;

	for (size_t i = 0; i < trace->exec_count; i++)
		place[i] = trace->exec[i].root == facts->in->root ? count++ : SIZE_MAX;
	for (size_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];
		json_t *object;

		if (place[i] == SIZE_MAX)
			continue;
		object = json_object();
		cln_json_set_str(object, "path", exec->path);
		json_object_set_new(object, "argv", shown(facts->in->plan, exec->argv));
		cln_json_set_str(object, "role", cln_role_name(exec->role));
		json_object_set_new(object, "uid", number(exec->uid));
		json_object_set_new(object, "gid", number(exec->gid));
		json_object_set_new(object, "count", number(exec->count));
		if (exec->parent < trace->exec_count && place[exec->parent] != SIZE_MAX)
			json_object_set_new(object, "parent", number(place[exec->parent]));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *ports(const struct facts *facts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < facts->in->plan->port_count; i++) {
		const struct cln_trace_port *port = facts->in->plan->port[i];

		json_array_append_new(
			list, json_pack("{s:i,s:s,s:s}", "port", (int)port->port, "protocol",
				      port->protocol, "address", port->address));
	}
	return list;
}

/* An object of texts: names and values in turn; one without a value is left out. */
static void add_row(json_t *list, const char *const *text)
{
	json_t *object = json_object();

	for (; text[0]; text += 2)
		cln_json_set_str(object, text[0], text[1]);
	json_array_append_new(list, object);
}

static json_t *startup(const struct plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->line_count; i++)
		add_row(list, (const char *const[]){ "directive", plan->line[i].directive, "text",
				      plan->line[i].text, "comment", plan->line[i].comment, NULL });
	return list;
}

static json_t *notes(const struct plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->note_count; i++)
		add_row(list, (const char *const[]){ "kind", plan->note[i].kind, "text",
				      plan->note[i].text, NULL });
	return list;
}

static json_t *list_of(const struct cln_list *texts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < texts->count; i++)
		json_array_append_new(list, cln_json_text(texts->item[i]));
	return list;
}

static json_t *trace_object(const struct cln_trace *trace)
{
	json_t *object = json_object(), *losses = json_object();

	json_object_set_new(object, "complete", json_boolean(cln_trace_complete(trace)));
	json_object_set_new(object, "runs", number(trace->run_count));
	for (size_t i = 0; i < trace->run_count; i++)
		for (size_t k = 0; k < trace->run[i].loss_count; k++) {
			const struct cln_trace_loss *loss = &trace->run[i].loss[k];

			json_object_set_new(losses, loss->name,
				number((uint64_t)cln_json_int(losses, loss->name, 0) +
					loss->count));
		}
	json_object_set_new(object, "losses", losses);
	return object;
}

/* Packages in part, directories that were listed but not all kept, databases
 * that could not be read: where the trace or we know less than all. */
static json_t *not_covered(const struct facts *facts)
{
	json_t *object = json_object(), *partial = json_array();

	for (uint32_t i = 0; i < facts->in->packages->count; i++)
		if (facts_partial(facts, i)) {
			cln_owned(cln_drop_mem) char *text = cln_format("%s %s: %u of %u files",
				facts->in->packages->package[i].name,
				facts->in->packages->package[i].version,
				facts->package[i].files_kept, facts->package[i].files);

			json_array_append_new(partial, cln_json_text(text));
		}
	json_object_set_new(object, "partial_packages", partial);
	json_object_set_new(object, "listed_directories", list_of(&facts->in->keep->left_out));
	json_object_set_new(object, "warnings", list_of(&facts->in->keep->warning));
	json_object_set_new(object, "findings", runtime_texts(facts->in->packages->finding));
	return object;
}

json_t *report_summary(const struct facts *facts)
{
	const struct docs_input *in = facts->in;
	json_t *report = json_object(), *image = json_object(), *source = json_object();
	json_t *application = json_object();

	cln_json_set_str(report, "schema", "clnimg.report/1");
	cln_json_set_str(report, "tool", "clnimg-pack " CLN_VERSION);
	cln_json_set_str(report, "name", facts->name);
	cln_json_set_str(report, "created", facts->created);
	cln_json_set_str(image, "ref", in->prod_ref);
	cln_json_set_str(image, "digest", in->prod_digest);
	json_object_set_new(image, "compressed_bytes", number(in->layer_bytes));
	json_object_set_new(image, "copied_bytes", number(in->copied_bytes));
	json_object_set_new(report, "image", image);
	cln_json_set_str(source, "ref", in->image->ref);
	cln_json_set_str(source, "digest", in->image->digest);
	json_object_set_new(source, "compressed_bytes", number(in->image->compressed_bytes));
	json_object_set_new(report, "source", source);
	json_object_set_new(report, "distribution",
		json_pack("{s:s,s:s}", "id", in->packages->distro_id, "version",
			in->packages->distro_version));
	json_object_set_new(report, "trace", trace_object(in->trace));
	json_object_set_new(report, "before", surface_object(facts, false));
	json_object_set_new(report, "after", surface_object(facts, true));
	cln_json_set_str(report, "user", in->plan->process.user);
	json_object_set_new(report, "argv", runtime_texts(in->plan->process.argv));
	json_object_set_new(report, "executables", executables(facts));
	json_object_set_new(report, "mounts", mounts(facts));
	json_object_set_new(report, "ports", ports(facts));
	json_object_set_new(report, "syscalls", runtime_texts(in->plan->syscall));
	json_object_set_new(report, "startup", startup(in->plan));
	json_object_set_new(report, "notes", notes(in->plan));
	json_object_set_new(report, "execs", execs(facts));
	json_object_set_new(report, "packages", packages(facts));
	set_counts(application, &facts->application);
	json_object_set_new(report, "application", application);
	json_object_set_new(report, "not_covered", not_covered(facts));
	return report;
}

static json_t *file_new(const struct facts *facts, uint32_t node)
{
	const struct tree *tree = facts->in->tree;
	uint32_t owner = facts->in->packages->owner[node];
	json_t *object = json_object();
	char path[4096], via[4096];

	cln_json_set_str(object, "path", tree_path(tree, node, path));
	json_object_set_new(object, "bytes", number(tree_inode(tree, node)->size_bytes));
	json_object_set_new(object, "kept", json_boolean(facts->remains[node]));
	cln_json_set_str(object, "why", why_name((enum keep_why)facts->in->keep->why[node]));
	if (*report_via(facts, node, via))
		cln_json_set_str(object, "via", via);
	if (owner != PACKAGE_NONE)
		cln_json_set_str(object, "package", facts->in->packages->package[owner].name);
	return object;
}

/* A line each, as text at once: a tree of JSON over all files takes 800 bytes a path. */
static void add_files(struct doc_stream *out, const struct facts *facts)
{
	const char *between = "\n";

	cln_buf_adds(&out->buf, ",\n  \"files\": [");
	for (uint32_t i = 0; i < facts->in->tree->node_count; i++) {
		cln_owned(cln_json_drop) json_t *object = NULL;
		cln_owned(cln_drop_mem) char *text = NULL;

		if (!facts_is_file(facts, i))
			continue;
		object = file_new(facts, i);
		text = json_dumps(object, JSON_PRESERVE_ORDER);
		cln_buf_addf(&out->buf, "%s    %s", between, text);
		doc_stream_flow(out);
		between = ",\n";
	}
	cln_buf_adds(&out->buf, "\n  ]\n}\n");
}

static void make(const struct facts *facts, struct doc_stream *out)
{
	cln_owned(cln_json_drop) json_t *report = report_summary(facts);
	cln_owned(cln_drop_mem) char *text = cln_json_text_new(report);

	cln_buf_add(&out->buf, text, strlen(text) - strlen("\n}\n"));
	add_files(out, facts);
}

void report_add(const struct facts *facts, struct docs *docs)
{
	docs_add_made(docs, "report.json", make, facts);
}
