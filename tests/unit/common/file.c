// SPDX-License-Identifier: Apache-2.0
#include "common/file.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Each test works in a folder of its own. */
static char folder[64];

static void enter(void)
{
	strcpy(folder, "/tmp/cln-file-XXXXXX");
	cr_assert(mkdtemp(folder) && !chdir(folder));
}

static void leave(void)
{
	struct cln_err err;

	cr_assert(!chdir("/") && !cln_remove_tree(folder, &err));
}

TestSuite(file, .init = enter, .fini = leave);

static int entries(void)
{
	DIR *dir = opendir(".");
	int count = -2;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void expect_text(const char *path, const char *want)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err err = { 0 };
	size_t size;

	cr_assert(!cln_read_file(path, 1000, &text, &size, &err), "%s", err.text);
	cr_expect_str_eq(text, want);
}

Test(file, appears_whole_or_not_at_all)
{
	struct cln_out out;
	struct cln_err err = { 0 };
	struct stat st;

	cr_assert(!cln_out_begin(&out, "x", 0640, &err));
	cr_assert(!cln_write_all(out.fd, "half", 4, &err));
	cr_expect(access("x", F_OK) < 0, "nobody sees it before commit");
	cln_out_release(&out);
	cr_expect(entries() == 0, "without commit nothing is left");
	cr_assert(!cln_write_file("x", "one", 3, 0640, &err));
	cr_assert(!cln_write_file("x", "two", 3, 0600, &err));
	expect_text("x", "two");
	cr_expect(!stat("x", &st) && (st.st_mode & 07777) == 0600);
	cr_expect(entries() == 1);
}

Test(file, what_cannot_be_written_says_so)
{
	struct cln_err err = { 0 };

	cr_expect(cln_write_file("no/x", "", 0, 0644, &err) == -ENOENT);
	cr_expect(strstr(err.text, "no/x"));
	cr_assert(!mkdir("dir", 0755));
	cr_expect(cln_write_file("dir", "", 0, 0644, &err) == -EISDIR);
	cr_expect(entries() == 1);
}

Test(file, a_symlink_stays_and_its_file_is_replaced)
{
	struct cln_err err = { 0 };
	struct stat st;

	cr_assert(!mkdir("dir", 0755) && !symlink("dir/real", "link"));
	cr_assert(!cln_write_file("dir/real", "old", 3, 0644, &err));
	cr_assert(!cln_write_file("link", "new", 3, 0644, &err), "%s", err.text);
	cr_expect(!lstat("link", &st) && S_ISLNK(st.st_mode));
	expect_text("dir/real", "new");
}

/* As root a rename over /dev/null would break the machine. */
Test(file, a_pipe_is_written_in_place)
{
	struct cln_err err = { 0 };
	char text[8] = "";
	struct stat st;
	int fd;

	cr_assert(!mkfifo("pipe", 0600));
	fd = open("pipe", O_RDWR);
	cr_assert(!cln_write_file("pipe", "data", 4, 0644, &err), "%s", err.text);
	cr_expect(read(fd, text, 4) == 4);
	cr_expect_str_eq(text, "data");
	cr_expect(!lstat("pipe", &st) && S_ISFIFO(st.st_mode));
	cr_expect(!cln_write_file("/dev/null", "x", 1, 0644, &err));
	cr_expect(!lstat("/dev/null", &st) && S_ISCHR(st.st_mode));
	close(fd);
}

Test(file, the_longest_name_works)
{
	char name[NAME_MAX + 1];
	struct cln_err err = { 0 };

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	cr_expect(!cln_write_file(name, "x", 1, 0644, &err), "%s", err.text);
	expect_text(name, "x");
}

Test(file, reading_is_bounded)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err err = { 0 };
	size_t size;

	cr_assert(!cln_write_file("x", "12345", 5, 0644, &err));
	cr_expect(cln_read_file("x", 4, &text, &size, &err) == -EFBIG);
	cr_expect(!text && strstr(err.text, "4 bytes"));
	cr_expect(cln_read_file("/dev/zero", 100000, &text, &size, &err) == -EFBIG);
	cr_expect(!cln_read_file("x", 5, &text, &size, &err) && size == 5);
	cr_expect(cln_read_file("missing", 5, &(char *){ NULL }, &size, &err) == -ENOENT);
}

Test(file, folders)
{
	struct cln_err err = { 0 };
	struct stat st;

	cr_expect(!cln_make_dirs("a/b//c", &err), "%s", err.text);
	cr_expect(!cln_make_dirs("a/b/c/", &err), "twice is once");
	cr_expect(!stat("a/b/c", &st) && S_ISDIR(st.st_mode));
	cr_assert(!cln_write_file("a/file", "", 0, 0644, &err));
	cr_expect(cln_make_dirs("a/file", &err) == -ENOTDIR);
	cr_expect(cln_make_dirs("a/file/x", &err) == -ENOTDIR);
	cr_assert(!mkdir("outside", 0755) && !symlink("../outside", "a/link"));
	cr_assert(!cln_write_file("outside/keep", "", 0, 0644, &err));
	cr_expect(!cln_remove_tree("a", &err), "%s", err.text);
	cr_expect(access("a", F_OK) < 0);
	cr_expect(!access("outside/keep", F_OK), "a symlink is not followed");
	cr_expect(!cln_remove_tree("a", &err), "gone is done");
}
