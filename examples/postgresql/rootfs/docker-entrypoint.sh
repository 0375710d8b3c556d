#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The start-up of a typical PostgreSQL image: folders and owners as root, the
# drop to the postgres user, the cluster on the first start, the server.
set -e

case ${1:-} in
-*) set -- postgres "$@" ;;
esac

if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA" /var/run/postgresql
	chmod 0700 "$PGDATA"
	chmod 03775 /var/run/postgresql
	chown postgres:postgres "$PGDATA" /var/run/postgresql
	exec gosu postgres "$0" "$@"
fi

if [ "$1" = postgres ]; then
	if [ -n "${POSTGRES_PASSWORD_FILE:-}" ] && [ -n "${POSTGRES_PASSWORD:-}" ]; then
		echo "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE exclude each other" >&2
		exit 1
	fi
	if [ ! -s "$PGDATA/PG_VERSION" ]; then
		initdb --username=postgres --auth-local=trust --auth-host=trust --encoding=UTF8 -D "$PGDATA"
	fi
	shift
	set -- postgres -D "$PGDATA" -c listen_addresses=127.0.0.1 -c port=5433 "$@"
fi
exec "$@"
