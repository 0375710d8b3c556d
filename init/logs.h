/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs.h - log files whose lines go to standard output or error.
 *
 * "log PATH stdout" puts a FIFO at PATH. The init holds both ends open, so that a
 * writer never blocks in open(2) and closing and reopening the file loses nothing. When
 * the name goes away (rename or unlink by a rotation) a new FIFO takes its place; where
 * the program was quicker and made a plain file there, that file is followed instead.
 *
 * Plain files ("tail", and all that match a pattern) are read as they grow, and what was
 * read is punched out of the file, so that a tmpfs does not fill up.
 *
 * Whole lines are written, each below PIPE_BUF in one write, and never so that the
 * init blocks: while the stream does not take more, nothing more is read.
 */
#ifndef CLN_INIT_LOGS_H
#define CLN_INIT_LOGS_H

#include "init/loop.h"

#define LOGS_SOURCES_MAX 32 /* open files and FIFOs at a time */
#define LOGS_LINE_MAX 4096  /* PIPE_BUF; longer lines are cut here */
#define LOGS_NAME_MAX 256   /* bytes of a log file's path */

struct logs_source {
	int fd;	      /* -1: free */
	uint8_t rule; /* index of its rule */
	uint8_t fifo;
	uint64_t inode;
	int64_t offset; /* of a plain file: bytes taken */
	unsigned used;
	char line[LOGS_LINE_MAX];
};

struct logs_rule {
	char path[LOGS_NAME_MAX];
	int watch; /* inotify's number for the directory */
	uint8_t to_stderr, tail, pattern;
};

struct logs {
	struct watches *watches;
	int notify;
	int blocked; /* stream that takes no more: 1 or 2; 0: none */
	unsigned rules;
	struct logs_rule rule[INIT_LOGS_MAX];
	struct logs_source source[LOGS_SOURCES_MAX];
};

/* Make the FIFOs and start to watch. logs is zero at first and lives as long as watches. */
int logs_open(
	struct logs *logs, const struct launch *launch, struct watches *watches, struct fail *err);
/* Everything that is still in the FIFOs and files; at the end. */
void logs_drain(struct logs *logs);

#endif
