// SPDX-License-Identifier: Apache-2.0
#include "init/descend.h"

#include "init/text.h"
#include "init/sys.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define DEPTH_MAX 64

static void tree_kill(pid_t pid, int signal, int depth)
{
	char path[64], block[256];
	const char *id = DEC(pid);
	pid_t child = 0;
	ssize_t n;
	int fd;

	text_join(path, sizeof(path), "/proc/", id, "/task/", id, "/children", END);
	fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (block[i] >= '0' && block[i] <= '9') {
				child = child * 10 + (block[i] - '0');
				continue;
			}
			if (child && depth < DEPTH_MAX)
				tree_kill(child, signal, depth + 1);
			if (child)
				kill(child, signal);
			child = 0;
		}
	}
	if (fd >= 0)
		close(fd);
}

void descend_kill(int signal)
{
	if (getpid() == 1)
		kill(-1, signal);
	else
		tree_kill(getpid(), signal, 0);
}
