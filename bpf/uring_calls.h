/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * uring_calls.h - which io_uring request names what, one line a kind.
 *
 * The numbers are enum io_uring_op of include/uapi/linux/io_uring.h, complete up
 * to Linux 6.18. One that is not here is younger, and counted as a loss.
 */
#ifndef CLN_BPF_URING_CALLS_H
#define CLN_BPF_URING_CALLS_H

#include "bpf/event.h"

enum uring_how {
	URING_UNKNOWN,	/* a loss */
	URING_PLAIN,	/* names no file, makes none grow */
	URING_NAMES,	/* paths: read at the submission, joined with the end */
	URING_ADDRESS,	/* a socket address, the same way */
	URING_BINDS,	/* a socket address, at the end */
	URING_RECEIVES, /* descriptors, at the end */
	URING_FILE,	/* a descriptor, at the end */
	URING_WRITES,	/* a file that may have grown, at the end */
	URING_LISTENS,	/* a socket that listens, at the end */
	URING_PASSES,	/* MSG_RING: may hand a file to another ring, a loss then */
};

struct uring_call {
	__u8 how, op;
};

#define URING_CALLS 64 /* a power of two */
#define PLAIN                           \
	{                               \
		URING_PLAIN, EV_OP_NONE \
	}
#define NAMES(op_)                       \
	{                                \
		URING_NAMES, EV_OP_##op_ \
	}
#define URING(how_, op_)                  \
	{                                 \
		URING_##how_, EV_OP_##op_ \
	}

static const struct uring_call uring_calls[URING_CALLS] = {
	[0] = PLAIN,			  /* NOP */
	[1] = PLAIN,			  /* READV */
	[2] = URING(WRITES, NONE),	  /* WRITEV */
	[3] = PLAIN,			  /* FSYNC */
	[4] = PLAIN,			  /* READ_FIXED */
	[5] = URING(WRITES, NONE),	  /* WRITE_FIXED */
	[6] = PLAIN,			  /* POLL_ADD */
	[7] = PLAIN,			  /* POLL_REMOVE */
	[8] = PLAIN,			  /* SYNC_FILE_RANGE */
	[9] = URING(ADDRESS, CONNECT),	  /* SENDMSG */
	[10] = URING(RECEIVES, RECEIVED), /* RECVMSG */
	[11] = PLAIN,			  /* TIMEOUT */
	[12] = PLAIN,			  /* TIMEOUT_REMOVE */
	[13] = URING(LISTENS, NONE),	  /* ACCEPT */
	[14] = PLAIN,			  /* ASYNC_CANCEL */
	[15] = PLAIN,			  /* LINK_TIMEOUT */
	[16] = URING(ADDRESS, CONNECT),	  /* CONNECT */
	[17] = URING(FILE, WRITE),	  /* FALLOCATE */
	[18] = NAMES(OPEN),		  /* OPENAT */
	[19] = PLAIN,			  /* CLOSE */
	[20] = PLAIN,			  /* FILES_UPDATE: descriptors of its own */
	[21] = NAMES(STAT),		  /* STATX */
	[22] = PLAIN,			  /* READ */
	[23] = URING(WRITES, NONE),	  /* WRITE */
	[24] = PLAIN,			  /* FADVISE */
	[25] = PLAIN,			  /* MADVISE */
	[26] = URING(ADDRESS, CONNECT),	  /* SEND: with an address since 6.1 */
	[27] = PLAIN,			  /* RECV: no control data */
	[28] = NAMES(OPEN),		  /* OPENAT2 */
	[29] = PLAIN,			  /* EPOLL_CTL */
	[30] = URING(WRITES, NONE),	  /* SPLICE */
	[31] = PLAIN,			  /* PROVIDE_BUFFERS */
	[32] = PLAIN,			  /* REMOVE_BUFFERS */
	[33] = PLAIN,			  /* TEE: pipes only */
	[34] = PLAIN,			  /* SHUTDOWN */
	[35] = NAMES(RENAME),		  /* RENAMEAT */
	[36] = NAMES(UNLINK),		  /* UNLINKAT */
	[37] = NAMES(MKDIR),		  /* MKDIRAT */
	[38] = NAMES(SYMLINK),		  /* SYMLINKAT */
	[39] = NAMES(LINK),		  /* LINKAT */
	[40] = URING(PASSES, NONE),	  /* MSG_RING */
	[41] = URING(FILE, SETXATTR),	  /* FSETXATTR */
	[42] = NAMES(SETXATTR),		  /* SETXATTR */
	[43] = URING(FILE, GETXATTR),	  /* FGETXATTR */
	[44] = NAMES(GETXATTR),		  /* GETXATTR */
	[45] = PLAIN,			  /* SOCKET */
	[46] = PLAIN,			  /* URING_CMD: what ioctl is */
	[47] = URING(ADDRESS, CONNECT),	  /* SEND_ZC */
	[48] = URING(ADDRESS, CONNECT),	  /* SENDMSG_ZC */
	[49] = PLAIN,			  /* READ_MULTISHOT */
	[50] = PLAIN,			  /* WAITID */
	[51] = PLAIN,			  /* FUTEX_WAIT */
	[52] = PLAIN,			  /* FUTEX_WAKE */
	[53] = PLAIN,			  /* FUTEX_WAITV */
	[54] = PLAIN,			  /* FIXED_FD_INSTALL: a file of its own */
	[55] = URING(FILE, WRITE),	  /* FTRUNCATE */
	[56] = URING(BINDS, BIND),	  /* BIND */
	[57] = URING(LISTENS, NONE),	  /* LISTEN */
	[58] = PLAIN,			  /* RECV_ZC */
	[59] = PLAIN,			  /* EPOLL_WAIT */
	[60] = PLAIN,			  /* READV_FIXED */
	[61] = URING(WRITES, NONE),	  /* WRITEV_FIXED */
	[62] = PLAIN,			  /* PIPE */
};

#undef PLAIN
#undef NAMES
#undef URING

#endif
