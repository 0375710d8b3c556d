/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/verify.h"

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scratch.h"
#include "init/format.h"
#include "packager/verify/missed.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define DOCUMENT_CEILING ((size_t)64 << 20)
#define REPORT_CEILING ((size_t)256 << 20) /* names every file of the dev image */

/* A document of --emit; one that is not there is a finding, not an error. */
static int read_document(const char *emit, const char *name, json_t **out,
	struct findings *findings, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/%s", emit, name);

	if (access(path, F_OK) < 0) {
		findings_add(findings, &(struct finding){ .level = FINDING_BROKEN,
					       .check = "document",
					       .text = cln_arena_format(
						       findings->arena, "%s is not there", path) });
		return 0;
	}
	return cln_json_read(path, DOCUMENT_CEILING, out, err);
}

static int read_inputs(
	struct verify *verify, const struct verify_options *options, struct cln_err *err)
{
	struct stat st;
	struct read_options how = {
		.ref = options->image, .platform = options->platform, .limits = options->limits
	};
	int r = subject_open(&how, &verify->image, err);

	how.ref = options->source;
	if (r == 0 && options->source)
		r = subject_open(&how, &verify->source, err);
	if (r == 0 && options->manifest)
		r = cln_trace_read(options->manifest, &verify->trace, err);
	if (r < 0 || !options->emit)
		return r;
	if (stat(options->emit, &st) < 0 || !S_ISDIR(st.st_mode))
		return cln_fail(err, errno ? errno : ENOTDIR, "--emit %s: %m", options->emit);
	r = read_document(options->emit, "config.json", &verify->runtime, &verify->findings, err);
	if (r == 0)
		r = read_document(
			options->emit, "sbom.spdx.json", &verify->sbom, &verify->findings, err);
	return r;
}

/* Folders are not listed, but stand on the way to what is. */
static void add_with_parents(struct cln_pathset *set, const char *path)
{
	size_t length = *path == '/' ? strlen(path) : 0;

	while (length > 1 && !cln_pathset_bitsn(set, path, length)) {
		cln_pathset_addn(set, path, length, 1);
		while (length > 1 && path[length - 1] != '/')
			length--;
		length--;
	}
}

/* The report lists every path of the dev image: enough to tell what was lost from what never
 * was. It is read where the dev image itself is not. */
static int read_source_paths(
	struct verify *verify, const struct verify_options *options, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = NULL;
	cln_owned(cln_json_drop) json_t *report = NULL;
	const json_t *file;
	size_t index;
	int r;

	if (!options->emit || options->source)
		return 0;
	path = cln_format("%s/report.json", options->emit);
	if (access(path, F_OK) < 0)
		return 0;
	r = cln_json_read(path, REPORT_CEILING, &report, err);
	if (r < 0)
		return r;
	json_array_foreach (json_object_get(report, "files"), index, file) {
		const char *name = cln_json_str(file, "path", "");

		add_with_parents(&verify->source_path, name);
	}
	return 0;
}

static const struct cln_pathset *source_paths(const struct verify *verify)
{
	return verify->source_path.count ? &verify->source_path : NULL;
}

/* The init itself knows best whether it will understand its file. */
static int ask_init(struct verify *verify, struct events *events, struct cln_err *err)
{
	uint32_t id = tree_lookup(verify->image.tree, INIT_CONF_PATH);
	cln_owned(cln_drop_mem) char *directory = NULL, *path = NULL, *text = NULL;
	cln_owned(cln_drop_mem) char *program = session_program_new("clnimg-init");
	struct cln_err said = {}, ignored = {};
	size_t size;
	int r;

	if (id == TREE_NONE)
		return 0;
	if ((r = tree_read_all(verify->image.tree, id, INIT_CONF_MAX_BYTES, &text, &size, err)) <
			0 ||
		(r = session_workdir(&directory, err)) < 0)
		return r;
	path = cln_format("%s/init.conf", directory);
	r = cln_write_file(path, text, size, 0600, err);
	if (r == 0)
		r = proc_run(events, (const char *[]){ program, "check", path, NULL }, 10000, NULL,
			&said);
	cln_remove_tree(directory, &ignored);
	if (r == -EINTR) {
		*err = said;
		return r;
	}
	if (r < 0 && r != -ENOENT)
		findings_add(&verify->findings, &(struct finding){ .level = FINDING_BROKEN,
							.check = "init-conf",
							.path = INIT_CONF_PATH,
							.text = said.text });
	return 0;
}

static int check(struct verify *verify, struct events *events, struct cln_err *err)
{
	const struct check_input in = {
		.image = verify->image.image,
		.tree = verify->image.tree,
		.packages = verify->image.packages,
		.source = verify->source.tree,
		.source_path = source_paths(verify),
		.source_packages = verify->source.packages,
		.trace = verify->trace,
		.runtime = verify->runtime,
		.sbom = verify->sbom,
		.facts = &verify->image.facts,
	};
	int r = check_all(&in, &verify->findings, err);

	return r < 0 ? r : ask_init(verify, events, err);
}

static int prove(struct verify *verify, struct events *events, const struct verify_options *options,
	struct cln_err *err)
{
	int r = proof_run(events, options, &verify->proof, err);

	if (r < 0)
		return r;
	if (verify->proof.trace)
		missed_find(&(struct missed_input){ .trace = verify->proof.trace,
				    .profile = verify->trace,
				    .dev = verify->source.tree,
				    .dev_path = source_paths(verify),
				    .prod = verify->image.tree },
			&verify->findings);
	return 0;
}

static void conclude(struct verify *verify, const struct verify_options *options, bool tested)
{
	const struct findings *findings = &verify->findings;
	enum cln_exit status = CLN_EXIT_DONE;

	if (findings_at(findings, FINDING_POLICY) || findings_at(findings, FINDING_BROKEN))
		status = CLN_EXIT_POLICY;
	else if (tested && !verify->proof.passed)
		status = CLN_EXIT_FAILED;
	findings_sort(&verify->findings);
	verify->verdict = (struct verdict){
		.image = options->image,
		.digest = verify->image.image->digest,
		.facts = &verify->image.facts,
		.findings = findings,
		.tested = tested,
		.passed = verify->proof.passed,
		.why = verify->proof.why,
		.status = status,
	};
}

int verify_run(struct verify *verify, struct events *events, const struct verify_options *options,
	struct cln_err *err)
{
	const struct findings *findings = &verify->findings;
	bool wanted = options->args.rest_count || options->run.test.count;
	int r;

	*verify = (struct verify){};
	findings_init(&verify->findings);
	cln_progress("reading %s", options->image);
	r = read_inputs(verify, options, err);
	if (r == 0)
		r = read_source_paths(verify, options, err);
	cln_scratch_unguard(); /* from here on events hears the signals */
	if (r < 0 || (r = check(verify, events, err)) < 0)
		return r;
	cln_progress_end();
	/* What breaks its policy is not run. */
	wanted = wanted && !findings_at(findings, FINDING_POLICY) &&
		 !findings_at(findings, FINDING_BROKEN);
	if (wanted)
		r = prove(verify, events, options, err);
	if (r == 0)
		conclude(verify, options, wanted);
	return r;
}

void verify_release(struct verify *verify)
{
	proof_release(&verify->proof);
	cln_trace_free(verify->trace);
	json_decref(verify->runtime);
	json_decref(verify->sbom);
	cln_pathset_release(&verify->source_path);
	if (verify->findings.arena)
		findings_release(&verify->findings);
	subject_release(&verify->image);
	subject_release(&verify->source);
}
