// SPDX-License-Identifier: Apache-2.0
// Admission by a policy's CEL, as the API server does it: matchConditions first,
// then variables, then every validation; an error refuses (failurePolicy: Fail).
//
// usage: cel.mjs NODE-FOLDER <JOBS >ANSWERS
//
// Jobs: [{policy: SPEC, object, oldObject}], answers: [{skipped, refused: [message]}];
// with {shape: OBJECT} the answer is {errors: TEXT} of Kubernetes' own types.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const load = path => import(pathToFileURL(process.argv[2] + "/node_modules/" + path));
const { celEnv, isCelError, parse, plan } = await load("@bufbuild/cel/dist/esm/index.js");

/* Integers are int in CEL, as the API server decodes them. */
const cel = value => Array.isArray(value) ? value.map(cel) :
	value && typeof value === "object" ? new Map(Object.entries(value).map(([key, of]) => [key, cel(of)])) :
	Number.isInteger(value) ? BigInt(value) : value;

const env = celEnv(), plans = new Map();
const evaluate = (expression, scope) => {
	if (!plans.has(expression)) plans.set(expression, plan(env, parse(expression)));
	const result = plans.get(expression)(scope);
	if (isCelError(result)) throw new Error(result.message + " in " + expression);
	return result;
};

const admit = ({ policy, object, oldObject }) => {
	const variables = new Map();
	const scope = { object: cel(object), oldObject: oldObject ? cel(oldObject) : null, variables };
	if (!(policy.matchConditions || []).every(of => evaluate(of.expression, scope))) return { skipped: true, refused: [] };
	for (const of of policy.variables || []) variables.set(of.name, evaluate(of.expression, scope));
	const refused = [];
	for (const of of policy.validations)
		try {
			if (evaluate(of.expression, scope) !== true) refused.push(of.message);
		} catch (error) {
			refused.push("error: " + error.message);
		}
	return { skipped: false, refused };
};

const shape = async object => {
	const { [object.kind]: Kind } = await load("kubernetes-models/" + object.apiVersion + "/" + object.kind + ".js");
	try {
		new Kind(object).validate();
		return { errors: null };
	} catch (error) {
		return { errors: error.message };
	}
};

const jobs = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(jobs.map(job => job.shape ? shape(job.shape) : admit(job)))));
