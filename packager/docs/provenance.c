// SPDX-License-Identifier: Apache-2.0
/*
 * provenance.json: an in-toto statement (v1) with SLSA provenance (v1): from
 * which image and which test runs production was made, by which tool, with
 * which options, and whether the trace was complete.
 */
#include "packager/docs/runtime.h"
#include "packager/docs/sbom.h"

#include "common/mem.h"

#include <string.h>

static json_t *digest_object(const char *digest)
{
	json_t *object = json_object();

	if (digest && strncmp(digest, "sha256:", 7) == 0)
		digest += 7;
	cln_json_set_str(object, "sha256", digest);
	return object;
}

static json_t *losses(const struct cln_trace *trace)
{
	json_t *object = json_object();

	for (size_t i = 0; i < trace->run_count; i++)
		for (size_t k = 0; k < trace->run[i].loss_count; k++) {
			const struct cln_trace_loss *loss = &trace->run[i].loss[k];
			json_int_t sum = cln_json_int(object, loss->name, 0);

			json_object_set_new(
				object, loss->name, json_integer(sum + (json_int_t)loss->count));
		}
	return object;
}

static json_t *runs(const struct cln_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < trace->run_count; i++) {
		const struct cln_trace_run *run = &trace->run[i];
		json_t *object = json_object();

		cln_json_set_str(object, "id", run->id);
		cln_json_set_str(object, "tool", run->tool);
		cln_json_set_str(object, "kernel", run->kernel);
		cln_json_set_str(object, "platform", run->platform);
		cln_json_set_str(object, "started", run->started);
		json_object_set_new(object, "complete", json_boolean(run->complete));
		if (run->argv)
			json_object_set_new(object, "command", runtime_texts(run->argv));
		json_array_append_new(list, object);
	}
	return list;
}

/* The command line without the program's own path, and of the manifest only
 * its file name: where it lay says nothing, its digest stands among the
 * dependencies, and two runs shall give one document. */
static json_t *options(const char *const *argv)
{
	json_t *list = json_array();

	for (size_t i = 1; argv && argv[0] && argv[i]; i++) {
		bool manifest =
			strcmp(argv[i - 1], "--manifest") == 0 || strcmp(argv[i - 1], "-m") == 0;
		const char *slash = manifest ? strrchr(argv[i], '/') : NULL;

		json_array_append_new(list, cln_json_text(slash ? slash + 1 : argv[i]));
	}
	return list;
}

static json_t *build_definition(const struct facts *facts)
{
	const struct docs_input *in = facts->in;
	json_t *definition = json_object(), *external = json_object(), *internal = json_object();
	json_t *trace = json_object(), *from = json_array(), *source = json_object();
	json_t *manifest = json_object();

	cln_json_set_str(external, "image", in->image->ref);
	json_object_set_new(external, "options", options(in->options));
	json_object_set_new(trace, "complete", json_boolean(cln_trace_complete(in->trace)));
	json_object_set_new(trace, "losses", losses(in->trace));
	json_object_set_new(trace, "runs", runs(in->trace));
	json_object_set_new(internal, "trace", trace);
	if (in->encoder)
		json_object_set_new(internal, "compression",
			json_pack("{s:s, s:i}", "encoder", in->encoder, "level",
				(int)in->encoder_level));
	json_object_set_new(internal, "layers",
		json_pack("{s:I,s:I}", "bytes", (json_int_t)in->layer_bytes, "copiedFromSource",
			(json_int_t)in->copied_bytes));
	cln_json_set_str(source, "uri", in->image->ref);
	cln_json_set_str(source, "name", "source image");
	json_object_set_new(source, "digest", digest_object(in->image->digest));
	json_object_set_new(source, "annotations", json_pack("{s:s}", "config", in->source));
	cln_json_set_str(manifest, "name", "trace manifest");
	json_object_set_new(manifest, "digest", digest_object(in->manifest_sha256));
	json_array_append_new(from, source);
	json_array_append_new(from, manifest);
	cln_json_set_str(definition, "buildType", "https://clnimg.dev/pack/v1");
	json_object_set_new(definition, "externalParameters", external);
	json_object_set_new(definition, "internalParameters", internal);
	json_object_set_new(definition, "resolvedDependencies", from);
	return definition;
}

static json_t *run_details(const struct facts *facts)
{
	json_t *details = json_object(), *builder = json_object(), *metadata = json_object();

	cln_json_set_str(builder, "id", "https://clnimg.dev/clnimg-pack");
	json_object_set_new(builder, "version", json_pack("{s:s}", "clnimg-pack", CLN_VERSION));
	/* the bytes of the layers, and so the digest, are this library's, but for those copied */
	if (facts->in->encoder && *facts->in->encoder_version)
		cln_json_set_str(json_object_get(builder, "version"), facts->in->encoder,
			facts->in->encoder_version);
	cln_json_set_str(metadata, "finishedOn", facts->created); /* SOURCE_DATE_EPOCH */
	json_object_set_new(details, "builder", builder);
	json_object_set_new(details, "metadata", metadata);
	return details;
}

void provenance_add(const struct facts *facts, struct docs *docs)
{
	cln_owned(cln_json_drop) json_t *statement = json_object();
	json_t *subject = json_object(), *subjects = json_array(), *predicate = json_object();

	cln_json_set_str(subject, "name", facts->in->prod_ref ? facts->in->prod_ref : facts->name);
	json_object_set_new(subject, "digest", digest_object(facts->in->prod_digest));
	json_array_append_new(subjects, subject);
	json_object_set_new(predicate, "buildDefinition", build_definition(facts));
	json_object_set_new(predicate, "runDetails", run_details(facts));
	cln_json_set_str(statement, "_type", "https://in-toto.io/Statement/v1");
	json_object_set_new(statement, "subject", subjects);
	cln_json_set_str(statement, "predicateType", "https://slsa.dev/provenance/v1");
	json_object_set_new(statement, "predicate", predicate);
	facts_add_json(docs, "provenance.json", statement);
}
