/* SPDX-License-Identifier: Apache-2.0 */
/*
 * find.h - finding the equal fact in a trace; only trace.c and merge.c include it.
 *
 * Each returns the index, or CLN_TRACE_NONE with *hash set for the _new that
 * follows. Tables are built on first use.
 */
#ifndef CLN_MANIFEST_FIND_H
#define CLN_MANIFEST_FIND_H

#include "manifest-schema/inside.h"

uint32_t trace_find_run(struct cln_trace *trace, const struct cln_trace_run *run, uint32_t *hash);
uint32_t trace_find_exec(
	struct cln_trace *trace, const struct cln_trace_exec *exec, uint32_t *hash);
uint32_t trace_find_file(
	struct cln_trace *trace, const struct cln_trace_file *file, uint32_t *hash);
uint32_t trace_find_port(
	struct cln_trace *trace, const struct cln_trace_port *port, uint32_t *hash);
uint32_t trace_find_syscalls(
	struct cln_trace *trace, const struct cln_trace_syscalls *syscalls, uint32_t *hash);

/* For many files in a row: the table is built, then files are found by their hash. */
void trace_files_ready(struct cln_trace *trace);
uint32_t trace_file_hash(const struct cln_trace_file *file);
uint32_t trace_find_file_hashed(
	const struct cln_trace *trace, const struct cln_trace_file *file, uint32_t hash);

/* Empties every table: entries have moved. */
void trace_tables_drop(struct cln_trace *trace);

#endif
