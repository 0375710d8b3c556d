// SPDX-License-Identifier: Apache-2.0
#include "init/redirect_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EMPTY_PATH 0x1000	 /* AT_EMPTY_PATH, linux/fcntl.h */
#define WAIT_KILLABLE (1UL << 5) /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

static const struct trap traps[] = {
	{ SYS_openat, ACT_OPEN, 0, 1, 2, NONE },
	{ SYS_newfstatat, ACT_STAT, 0, 1, 2, 3 },
	{ SYS_statx, ACT_STATX, 0, 1, 4, 2 },
	{ SYS_faccessat, ACT_ACCESS, 0, 1, 2, NONE },
	{ SYS_faccessat2, ACT_ACCESS, 0, 1, 2, 3 },
	{ SYS_unlinkat, ACT_UNLINK, 0, 1, 2, NONE },
	{ SYS_mkdirat, ACT_MKDIR, 0, 1, 2, NONE },
	{ SYS_renameat2, ACT_RENAME, 0, 1, 2, NONE },
	{ SYS_fchmodat, ACT_CHMOD, 0, 1, 2, NONE },
	{ SYS_getxattr, ACT_XATTR, NONE, 0, NONE, NONE },
	{ SYS_lgetxattr, ACT_XATTR, NONE, 0, NONE, NONE },
	{ SYS_listxattr, ACT_XATTR, NONE, 0, NONE, NONE },
	{ SYS_llistxattr, ACT_XATTR, NONE, 0, NONE, NONE },
#ifdef SYS_renameat
	{ SYS_renameat, ACT_RENAME, 0, 1, 2, NONE },
#endif
#ifdef SYS_open
	{ SYS_open, ACT_OPEN, NONE, 0, 1, NONE },
	{ SYS_creat, ACT_OPEN, NONE, 0, NONE, NONE },
	{ SYS_stat, ACT_STAT, NONE, 0, 1, NONE },
	{ SYS_lstat, ACT_STAT, NONE, 0, 1, NONE },
	{ SYS_access, ACT_ACCESS, NONE, 0, 1, NONE },
	{ SYS_unlink, ACT_UNLINK, NONE, 0, NONE, NONE },
	{ SYS_rmdir, ACT_RMDIR, NONE, 0, NONE, NONE },
	{ SYS_mkdir, ACT_MKDIR, NONE, 0, 1, NONE },
	{ SYS_rename, ACT_RENAME, NONE, 0, 1, NONE },
	{ SYS_chmod, ACT_CHMOD, NONE, 0, 1, NONE },
#endif
};

#define TRAPS (sizeof(traps) / sizeof(traps[0]))

const struct trap *redirect_trap(int nr)
{
	for (unsigned i = 0; i < TRAPS; i++)
		if (traps[i].nr == nr)
			return &traps[i];
	return NULL;
}

unsigned redirect_filter(struct bpf_insn *filter)
{
	unsigned n = 0;

	filter[n++] = (struct bpf_insn){ BPF_LOAD_ABS, 0, 0, SC_DATA_ARCH };
	filter[n++] = (struct bpf_insn){ BPF_JUMP_EQ, 1, 0, NATIVE_ARCH };
	filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_ALLOW };
	filter[n++] = (struct bpf_insn){ BPF_LOAD_ABS, 0, 0, SC_DATA_NR };
	for (unsigned i = 0; i < TRAPS; i++) {
		int flags = traps[i].flags != NONE;

		filter[n++] =
			(struct bpf_insn){ BPF_JUMP_EQ, 0, (uint8_t)(flags ? 4 : 1), traps[i].nr };
		if (flags) {
			filter[n++] = (struct bpf_insn){ BPF_LOAD_ABS, 0, 0,
				SC_DATA_ARG(traps[i].flags) };
			filter[n++] = (struct bpf_insn){ BPF_JUMP_SET, 0, 1, EMPTY_PATH };
			filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_ALLOW };
		}
		filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_USER_NOTIF };
	}
	filter[n++] = (struct bpf_insn){ BPF_RETURN, 0, 0, SC_RET_ALLOW };
	return n;
}

/* One descriptor in a message; the byte carries it. */
struct fd_message {
	struct msghdr head;
	struct iovec part;
	char byte;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static struct msghdr *message_init(struct fd_message *m)
{
	m->part = (struct iovec){ &m->byte, 1 };
	m->head = (struct msghdr){ .msg_iov = &m->part,
		.msg_iovlen = 1,
		.msg_control = m->control,
		.msg_controllen = sizeof(m->control) };
	return &m->head;
}

int redirect_enter(int socket)
{
	struct bpf_insn filter[REDIRECT_FILTER_MAX];
	struct bpf_prog prog = { (uint16_t)redirect_filter(filter), filter };
	struct fd_message m = { .byte = 0 };
	struct msghdr *head = message_init(&m);
	struct cmsghdr *c = CMSG_FIRSTHDR(head);
	long fd = syscall(
		SYS_seccomp, SC_SET_MODE_FILTER, SC_FLAG_NEW_LISTENER | WAIT_KILLABLE, &prog);

	if (fd < 0)
		fd = syscall(SYS_seccomp, SC_SET_MODE_FILTER, SC_FLAG_NEW_LISTENER, &prog);
	if (fd < 0)
		return -errno;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &(int){ (int)fd }, sizeof(int));
	return sendmsg(socket, head, 0) < 0 ? -errno : 0;
}

int redirect_receive(int socket)
{
	struct fd_message m = { .byte = 0 };
	struct msghdr *head = message_init(&m);
	struct cmsghdr *c;
	int fd;

	if (recvmsg(socket, head, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0)
		return -errno;
	c = CMSG_FIRSTHDR(head);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -EBADMSG;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}
