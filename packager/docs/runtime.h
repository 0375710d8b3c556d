/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime.h - what the documents for engines share; inside docs/ only.
 */
#ifndef CLN_PACKAGER_DOCS_RUNTIME_H
#define CLN_PACKAGER_DOCS_RUNTIME_H

#include "packager/docs/facts.h"

json_t *runtime_texts(const char *const *list); /* NULL-terminated, or NULL */
json_t *runtime_groups(const struct plan_process *process);
json_t *runtime_sysctls(const struct plan *plan);
/* Did the trace see a file below the mount executed or mapped executable? */
bool runtime_may_exec(const struct facts *facts, const struct plan_mount *mount);
bool runtime_port_is_local(const struct cln_trace_port *port);
/* A name for the volume at path that every engine takes: "nginx-var-lib-data". */
char *runtime_volume_name_new(const struct facts *facts, const char *path);

/* seccomp profile: the engines' format, and the runtime specification's. */
json_t *seccomp_profile(const struct facts *facts);
json_t *seccomp_linux(const struct facts *facts);

/* Each adds its document, or documents. */
void runtime_add(const struct facts *facts, struct docs *docs); /* runtime.json */
void seccomp_add(const struct facts *facts, struct docs *docs); /* seccomp.json */
void run_args_add(
	const struct facts *facts, struct docs *docs);	       /* run.args, docker.args, quadlet */
void bundle_add(const struct facts *facts, struct docs *docs); /* config.json */

#endif
