// SPDX-License-Identifier: Apache-2.0
#include "common/hash.h"

#include "common/mem.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

struct cln_sha256 {
	EVP_MD_CTX *ctx;
};

/* Written once, under pthread_once: a constant of the process from then on. */
static uint64_t hash_seed;
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void hash_init(void)
{
	if (getrandom(&hash_seed, sizeof(hash_seed), GRND_NONBLOCK) != sizeof(hash_seed))
		hash_seed = (uint64_t)getpid() * 0x9e3779b97f4a7c15u;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Multiply-and-fold over eight bytes at a time, the length folded in last. */
uint64_t cln_hash(const void *data, size_t size)
{
	const unsigned char *byte = data;
	uint64_t state, word;
	size_t left = size;

	pthread_once(&hash_once, hash_init);
	state = hash_seed ^ 0xa0761d6478bd642fu;
	for (; left >= 8; left -= 8, byte += 8) {
		memcpy(&word, byte, 8);
		state = mix(state ^ word, 0xe7037ed1a0b428dbu);
	}
	word = 0;
	if (left)
		memcpy(&word, byte, left);
	state = mix(state ^ word, 0x8ebc6af09c88c6e3u);
	return mix(state ^ size, 0x589965cc75374cc3u);
}

struct cln_sha256 *cln_sha256_new(void)
{
	struct cln_sha256 *sha = cln_alloc(sizeof(*sha));

	sha->ctx = EVP_MD_CTX_new();
	if (!sha->ctx || !EVP_DigestInit_ex(sha->ctx, EVP_sha256(), NULL))
		abort(); /* libcrypto without SHA-256 or memory: nothing can be trusted */
	return sha;
}

void cln_sha256_drop(struct cln_sha256 **sha)
{
	if (!*sha)
		return;
	EVP_MD_CTX_free((*sha)->ctx);
	free(*sha);
}

void cln_sha256_add(struct cln_sha256 *sha, const void *data, size_t size)
{
	if (size && !EVP_DigestUpdate(sha->ctx, data, size))
		abort();
}

void cln_hex(const void *bytes, size_t size, char *out)
{
	const unsigned char *raw = bytes;
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[2 * size] = '\0';
}

void cln_sha256_hex(struct cln_sha256 *sha, char out[CLN_SHA256_HEX])
{
	unsigned char raw[CLN_SHA256_BYTES];

	if (!EVP_DigestFinal_ex(sha->ctx, raw, NULL) ||
		!EVP_DigestInit_ex(sha->ctx, EVP_sha256(), NULL))
		abort();
	cln_hex(raw, sizeof(raw), out);
}

void cln_sha256_of(const void *data, size_t size, char out[CLN_SHA256_HEX])
{
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();

	cln_sha256_add(sha, data, size);
	cln_sha256_hex(sha, out);
}

struct cln_sums {
	EVP_MD_CTX *sha1, *sha256; /* sha256: or NULL */
};

static EVP_MD_CTX *digest_new(const EVP_MD *kind)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, kind, NULL))
		abort();
	return ctx;
}

struct cln_sums *cln_sums_new(bool sha256)
{
	struct cln_sums *sums = cln_alloc(sizeof(*sums));

	sums->sha1 = digest_new(EVP_sha1());
	sums->sha256 = sha256 ? digest_new(EVP_sha256()) : NULL;
	return sums;
}

void cln_sums_drop(struct cln_sums **sums)
{
	if (!*sums)
		return;
	EVP_MD_CTX_free((*sums)->sha1);
	EVP_MD_CTX_free((*sums)->sha256);
	free(*sums);
}

void cln_sums_add(struct cln_sums *sums, const void *data, size_t size)
{
	if (!size)
		return;
	if (!EVP_DigestUpdate(sums->sha1, data, size) ||
		(sums->sha256 && !EVP_DigestUpdate(sums->sha256, data, size)))
		abort();
}

void cln_sums_bytes(
	struct cln_sums *sums, unsigned char sha1[CLN_SHA1_BYTES], unsigned char *sha256)
{
	if (!EVP_DigestFinal_ex(sums->sha1, sha1, NULL) ||
		(sha256 && !EVP_DigestFinal_ex(sums->sha256, sha256, NULL)))
		abort();
}
