/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/bundle.h"

#include <criterion/criterion.h>
#include <string.h>

static json_t *json(const char *text)
{
	struct cln_err err = {};
	json_t *out = NULL;

	cr_assert_eq(cln_json_parse(text, strlen(text), &out, &err), 0, "%s", err.text);
	return out;
}

/* Follows names and indexes parted by blanks. */
static const json_t *at(const json_t *value, const char *path)
{
	cln_owned(cln_drop_mem) char *text = cln_strdup(path);
	char *save = NULL;

	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(word))
					     : json_object_get(value, word);
	return value;
}

static const json_t *mount_of(const json_t *config, const char *target)
{
	json_t *mount;
	size_t index;

	json_array_foreach (json_object_get(config, "mounts"), index, mount)
		if (strcmp(cln_json_str(mount, "destination", ""), target) == 0)
			return mount;
	return NULL;
}

static json_t *make(const char *config, const char *runtime, const struct container_spec *given)
{
	struct source source = { .ref = "oci:x", .config = json(config) };
	struct container_spec spec = *given;
	struct source_user user = { 7, 8 };
	json_t *facts = runtime ? json(runtime) : NULL, *out = NULL;
	struct cln_err err = {};

	spec.source = &source;
	spec.name = "name";
	cr_assert_eq(bundle_config(&spec, &user, facts, "/support", &out, &err), 0, "%s", err.text);
	json_decref(source.config);
	json_decref(facts);
	return out;
}

static const char image[] =
	"{\"Env\":[\"A=1\",\"B=2\"],\"Entrypoint\":[\"/e\"],\"Cmd\":[\"c\",\"d\"],"
	"\"WorkingDir\":\"/srv\"}";

Test(bundle, dev_runs_as_docker_would)
{
	json_t *config = make(image, NULL, &(struct container_spec){ .cgroup = "/parent" });

	cr_expect_eq(json_array_size(at(config, "process args")), 3);
	cr_expect_str_eq(json_string_value(at(config, "process args 2")), "d");
	cr_expect(json_is_false(at(config, "root readonly")));
	cr_expect(json_is_false(at(config, "process noNewPrivileges")));
	cr_expect_eq(json_integer_value(at(config, "process user uid")), 7);
	cr_expect_eq(json_array_size(at(config, "process capabilities bounding")), 14);
	cr_expect_str_eq(json_string_value(at(config, "process cwd")), "/srv");
	cr_expect_str_eq(json_string_value(at(config, "linux cgroupsPath")), "/parent/container");
	cr_expect_eq(json_array_size(at(config, "linux namespaces")), 4, "host network");
	json_decref(config);
}

Test(bundle, prod_enforces_what_production_does)
{
	static const char runtime[] =
		"{\"process\":{\"user\":{\"uid\":65532,\"gid\":65532,\"additionalGids\":[5]}},"
		"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\"},"
		"{\"destination\":\"/run\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"mode=0755\"]}],"
		"\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"},"
		"\"sysctl\":{\"net.ipv4.ip_unprivileged_port_start\":\"80\"}}}";
	json_t *config = make(image, runtime, &(struct container_spec){});

	cr_expect(json_is_true(at(config, "root readonly")));
	cr_expect(json_is_true(at(config, "process noNewPrivileges")));
	cr_expect_eq(json_integer_value(at(config, "process user uid")), 65532);
	cr_expect_eq(json_integer_value(at(config, "process user additionalGids 0")), 5);
	cr_expect_eq(json_array_size(at(config, "process capabilities bounding")), 0);
	cr_expect_eq(json_array_size(at(config, "process capabilities effective")), 0);
	cr_expect_not_null(at(config, "linux seccomp"));
	cr_expect_null(at(config, "linux sysctl"), "never the host's own");
	cr_expect_not_null(mount_of(config, "/run"));
	cr_expect_null(mount_of(config, "/tmp"), "nothing writable that is not declared");
	json_decref(config);
}

/* On the host's network a port below 1024 needs the capability, unless the host lets anyone. */
Test(bundle, low_ports_on_the_hosts_network)
{
	static const char low[] =
		"{\"process\":{\"user\":{\"uid\":5,\"gid\":5},\"capabilities\":{\"bounding\":[]}},"
		"\"linux\":{\"sysctl\":{\"net.ipv4.ip_unprivileged_port_start\":\"80\"}}}";
	static const struct {
		bool network_none;
		unsigned free;
		size_t ambient;
		bool sysctl;
	} cases[] = {
		{ false, 1024, 1, false },
		{ false, 80, 0, false },
		{ true, 1024, 0, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *config = make(image, low,
			&(struct container_spec){ .network_none = cases[i].network_none,
				.host_free_port = cases[i].free });

		cr_expect_eq(json_array_size(at(config, "process capabilities ambient")),
			cases[i].ambient, "%zu", i);
		cr_expect_eq(json_array_size(at(config, "process capabilities effective")),
			cases[i].ambient);
		cr_expect_eq(at(config, "linux sysctl") != NULL, cases[i].sysctl, "%zu", i);
		json_decref(config);
	}
}

Test(bundle, options_replace_and_add)
{
	const char *env[] = { "B=two", "C=3" }, *volumes[] = { "/tmp:/data:ro" };
	const char *cmd[] = { "other", NULL };
	struct cln_list env_list = { env, 2, 2 }, volume_list = { volumes, 1, 1 };
	json_t *config = make(image, NULL,
		&(struct container_spec){ .env = &env_list,
			.volume = &volume_list,
			.cmd = cmd,
			.network_none = true });

	cr_expect_eq(json_array_size(at(config, "process args")), 2);
	cr_expect_str_eq(json_string_value(at(config, "process args 1")), "other");
	cr_expect_eq(json_array_size(at(config, "process env")), 4, "PATH A B C");
	cr_expect_str_eq(json_string_value(at(config, "process env 2")), "B=two");
	cr_expect_eq(json_array_size(at(config, "linux namespaces")), 5);
	cr_expect_str_eq(json_string_value(at(mount_of(config, "/data"), "options 1")), "ro");
	json_decref(config);
}

Test(bundle, another_entrypoint_forgets_cmd)
{
	const char *entry[] = { "/other", NULL };
	json_t *config = make(image, NULL, &(struct container_spec){ .entrypoint = entry });

	cr_expect_eq(json_array_size(at(config, "process args")), 1);
	json_decref(config);
}

Test(bundle, nothing_to_run_is_an_error)
{
	struct source source = { .ref = "oci:x", .config = json("{}") };
	struct container_spec spec = { .source = &source, .name = "n" };
	struct source_user user = {};
	struct cln_err err = {};
	json_t *out = NULL;

	cr_expect_lt(bundle_config(&spec, &user, NULL, "/s", &out, &err), 0);
	cr_expect_null(out);
	json_decref(source.config);
}
