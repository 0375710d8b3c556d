#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The start-up of a typical redis image: arguments first, then ownership, then
# the drop to the redis user, then the server.
set -e

# `podman run IMAGE --maxmemory 64mb` and `... /data/other.conf` mean the server
case ${1:-} in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
	mkdir -p /data
	if [ ! -e /data/redis.conf ]; then
		cp /etc/redis/app.conf /data/redis.conf
	fi
	find /data ! -user redis -exec chown redis:redis '{}' +
	exec gosu redis "$0" "$@"
fi

# dumps hold everything: nobody else may read them
if [ "$(umask)" = 0022 ]; then
	umask 0077
fi
exec "$@"
