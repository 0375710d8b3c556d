#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The start-up of a typical Python web image: defaults, folders, the migration
# of the database, the drop to an ordinary user, the server.
set -e

: "${APP_BIND:=127.0.0.1:8082}"
: "${WEB_CONCURRENCY:=2}"
: "${APP_DATABASE:=/var/lib/app/app.db}"
export APP_BIND WEB_CONCURRENCY APP_DATABASE
export LC_ALL="${LC_ALL:-de_DE.UTF-8}"

mkdir -p /var/lib/app /run/app
chown www-data:www-data /var/lib/app /run/app
rm -f /run/app/gunicorn.pid

if [ "$1" = gunicorn ]; then
	setpriv --reuid=www-data --regid=www-data --init-groups python3 /srv/app/migrate.py
	shift
	set -- gunicorn --bind "$APP_BIND" --pid /run/app/gunicorn.pid --access-logfile - "$@"
fi
exec setpriv --reuid=www-data --regid=www-data --init-groups "$@"
