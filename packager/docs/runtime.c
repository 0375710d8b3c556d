// SPDX-License-Identifier: Apache-2.0
/*
 * runtime.json: the sum of what an engine must give production
 * (manifest-schema/runtime.schema.json).
 */
#include "packager/docs/runtime.h"

#include <stdio.h>
#include <string.h>

json_t *runtime_texts(const char *const *list)
{
	json_t *array = json_array();

	for (; list && *list; list++)
		json_array_append_new(array, cln_json_text(*list));
	return array;
}

json_t *runtime_groups(const struct plan_process *process)
{
	json_t *array = json_array();

	for (size_t i = 0; i < process->group_count; i++)
		json_array_append_new(array, json_integer(process->group[i]));
	return array;
}

bool runtime_may_exec(const struct facts *facts, const struct plan_mount *mount)
{
	const struct cln_trace *trace = facts->in->trace;
	size_t length = strlen(mount->path);

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];
		const char *path = file->target ? file->target : file->path;

		if (file->root == facts->in->root && (file->access & (CLN_EXEC | CLN_MAP)) &&
			!(file->access & CLN_MISSING) && strncmp(path, mount->path, length) == 0 &&
			path[length] == '/')
			return true;
	}
	return false;
}

char *runtime_volume_name_new(const struct facts *facts, const char *path)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	cln_buf_adds(&buf, facts->name);
	cln_buf_addc(&buf, '-');
	for (path += strspn(path, "/"); *path; path++)
		cln_buf_addc(&buf, *path == '/' ? '-' : *path);
	for (size_t i = 0; i < buf.size; i++) {
		char *at = &buf.data[i];

		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
		else if (!(*at >= 'a' && *at <= 'z') && !(*at >= '0' && *at <= '9'))
			*at = '-';
	}
	if (buf.size > 60) { /* Kubernetes: 63 */
		cln_owned(cln_drop_mem) char *uuid = facts_uuid_new(buf.data);

		memcpy(buf.data + 51, uuid, 8);
		buf.data[50] = '-';
		buf.data[59] = '\0';
		buf.size = 59;
	}
	while (buf.size && buf.data[buf.size - 1] == '-')
		buf.data[--buf.size] = '\0';
	return cln_buf_steal(&buf);
}

static json_t *mount_object(const struct facts *facts, const struct plan_mount *mount)
{
	json_t *object = json_object();
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", mount->mode & 07777);
	cln_json_set_str(object, "path", mount->path);
	cln_json_set_str(object, "kind", mount->kind == MOUNT_MEMORY ? "memory" : "volume");
	json_object_set_new(object, "uid", json_integer(mount->uid));
	json_object_set_new(object, "gid", json_integer(mount->gid));
	cln_json_set_str(object, "mode", mode);
	json_object_set_new(object, "size_bytes", json_integer((json_int_t)mount->size_bytes));
	json_object_set_new(object, "seeded", json_boolean(mount->seeded));
	json_object_set_new(object, "exec", json_boolean(runtime_may_exec(facts, mount)));
	cln_json_set_str(object, "why", mount->why);
	return object;
}

bool runtime_port_is_local(const struct cln_trace_port *port)
{
	return strncmp(port->address, "127.", 4) == 0 || strcmp(port->address, "::1") == 0;
}

static json_t *ports(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->port_count; i++) {
		const struct cln_trace_port *port = plan->port[i];
		json_t *object = json_object();

		json_object_set_new(object, "port", json_integer(port->port));
		cln_json_set_str(object, "protocol", port->protocol);
		cln_json_set_str(object, "family", port->family);
		cln_json_set_str(object, "address", port->address);
		json_array_append_new(array, object);
	}
	return array;
}

json_t *runtime_sysctls(const struct plan *plan)
{
	json_t *object = json_object();
	char number[8];

	if (plan->lowest_port && plan->lowest_port < 1024) {
		snprintf(number, sizeof(number), "%u", plan->lowest_port);
		cln_json_set_str(object, "net.ipv4.ip_unprivileged_port_start", number);
	}
	return object;
}

static json_t *image_object(const char *ref, const char *digest)
{
	json_t *object = json_object();

	cln_json_set_str(object, "ref", ref);
	cln_json_set_str(object, "digest", digest);
	return object;
}

void runtime_add(const struct facts *facts, struct docs *docs)
{
	const struct docs_input *in = facts->in;
	const struct plan_process *process = &in->plan->process;
	cln_owned(cln_json_drop) json_t *doc = json_object();
	json_t *mounts = json_array(), *entry = json_array();

	for (size_t i = 0; i < in->plan->mount_count; i++)
		json_array_append_new(mounts, mount_object(facts, &in->plan->mount[i]));
	json_array_append_new(entry, json_string("/clnimg-init"));
	cln_json_set_str(doc, "schema", "clnimg.runtime/1");
	cln_json_set_str(doc, "name", facts->name);
	json_object_set_new(doc, "image", image_object(in->prod_ref, in->prod_digest));
	json_object_set_new(doc, "source", image_object(in->image->ref, in->image->digest));
	json_object_set_new(doc, "entrypoint", entry);
	json_object_set_new(doc, "cmd", runtime_texts(process->cmd));
	json_object_set_new(doc, "argv", runtime_texts(process->argv));
	json_object_set_new(doc, "env", runtime_texts(process->env));
	cln_json_set_str(doc, "user", process->user);
	json_object_set_new(doc, "uid", json_integer(process->uid));
	json_object_set_new(doc, "gid", json_integer(process->gid));
	json_object_set_new(doc, "groups", runtime_groups(process));
	cln_json_set_str(
		doc, "cwd", process->workdir && *process->workdir ? process->workdir : "/");
	json_object_set_new(doc, "read_only_root", json_true());
	json_object_set_new(doc, "no_new_privileges", json_true());
	json_object_set_new(doc, "capabilities", json_array());
	json_object_set_new(doc, "mounts", mounts);
	json_object_set_new(doc, "ports", ports(in->plan));
	json_object_set_new(doc, "sysctls", runtime_sysctls(in->plan));
	cln_json_set_str(doc, "stop_signal", process->stop_signal);
	json_object_set_new(doc, "grace_ms", json_integer(process->grace_ms));
	cln_json_set_str(doc, "seccomp", "seccomp.json");
	facts_add_json(docs, "runtime.json", doc);
}
