// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static uint32_t open_intent(const struct record_path *path, uint16_t flags)
{
	uint32_t access = 0;

	if (path->arg & O_PATH)
		return CLN_STAT;
	if ((path->arg & O_ACCMODE) != O_WRONLY)
		access |= CLN_READ;
	if ((path->arg & O_ACCMODE) != O_RDONLY || path->arg & O_TRUNC)
		access |= CLN_WRITE;
	if (path->ret >= 0) {
		if (S_ISDIR(path->mode) && access == CLN_READ)
			return CLN_STAT;
		if (flags & EV_CREATED)
			access |= CLN_CREATE;
	} else if (path->arg & O_CREAT) {
		access |= CLN_CREATE;
	}
	if ((path->arg & O_TMPFILE) == O_TMPFILE)
		access |= CLN_CREATE | CLN_WRITE;
	return access;
}

/* What the call wanted to do, were it to succeed. */
static uint32_t intent(const struct record_path *path, uint16_t flags)
{
	static const uint32_t bits[EV_OPS] = {
		[EV_OP_STAT] = CLN_STAT,
		[EV_OP_ACCESS] = CLN_STAT,
		[EV_OP_READLINK] = CLN_READLINK,
		[EV_OP_STATFS] = CLN_STAT,
		[EV_OP_GETXATTR] = CLN_STAT,
		[EV_OP_WATCH] = CLN_STAT,
		[EV_OP_CHDIR] = CLN_CHDIR,
		[EV_OP_CHROOT] = CLN_CHDIR,
		[EV_OP_LIST] = CLN_LIST,
		[EV_OP_TRUNCATE] = CLN_WRITE,
		[EV_OP_MKDIR] = CLN_CREATE,
		[EV_OP_MKNOD] = CLN_CREATE,
		[EV_OP_RENAME] = CLN_RENAME,
		[EV_OP_UNLINK] = CLN_DELETE,
		[EV_OP_RMDIR] = CLN_DELETE,
		[EV_OP_LINK] = CLN_LINK,
		[EV_OP_SYMLINK] = CLN_LINK,
		[EV_OP_CHMOD] = CLN_METADATA,
		[EV_OP_CHOWN] = CLN_METADATA,
		[EV_OP_UTIME] = CLN_METADATA,
		[EV_OP_SETXATTR] = CLN_METADATA,
		[EV_OP_BIND] = CLN_BIND,
		[EV_OP_CONNECT] = CLN_CONNECT,
		[EV_OP_MOUNT] = CLN_STAT,
		[EV_OP_UMOUNT] = CLN_STAT,
		[EV_OP_PIVOT] = CLN_STAT,
		[EV_OP_EXEC] = CLN_EXEC,
		[EV_OP_MAP] = CLN_MAP,
		[EV_OP_RECEIVED] = CLN_READ,
		[EV_OP_WRITE] = CLN_WRITE,
		[EV_OP_CWD] = CLN_CHDIR,
		[EV_OP_HANDLE] = CLN_READ,
	};

	if (path->op == EV_OP_OPEN || path->op == EV_OP_RECEIVED || path->op == EV_OP_HANDLE)
		return open_intent(path, flags);
	return bits[path->op];
}

uint32_t access_of(const struct record_path *path, uint16_t flags)
{
	uint32_t wanted = intent(path, flags);

	if (path->ret >= 0)
		return wanted;
	switch (-path->ret) {
	case ENOENT:
	case ENOTDIR:
		/* A change that was tried needs its directory; a look needs nothing. */
		return CLN_MISSING | (wanted & CLN_ACCESS_WRITES);
	case EACCES:
	case EPERM:
	case EROFS:
		return CLN_DENIED | wanted;
	case EINPROGRESS:
	case EAGAIN:
	case ECONNREFUSED:
		return wanted;
	case ENOEXEC:
		return wanted | CLN_READ; /* a shell goes on to read it as a script */
	case ENODATA:
	case ERANGE:
	case EOPNOTSUPP:
		return wanted & ~CLN_ACCESS_WRITES ? wanted : CLN_STAT | wanted;
	case ENOSPC:
	case EDQUOT:
	case EXDEV:
	case EISDIR:
		return wanted;
	}
	return CLN_STAT; /* it was looked up, nothing more */
}
