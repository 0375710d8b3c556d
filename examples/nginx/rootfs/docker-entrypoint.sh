#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prepares what nginx needs and becomes it, as the entry scripts of official images do.
set -e

# `docker run IMAGE -t` means `nginx -t`
if [ "${1#-}" != "$1" ]; then
	set -- nginx "$@"
fi

if [ "$1" = nginx ]; then
	export NGINX_PORT="${NGINX_PORT:-8080}"
	export NGINX_SERVER_NAME="${NGINX_SERVER_NAME:-localhost}"
	export NGINX_UPSTREAM="${NGINX_UPSTREAM:-127.0.0.1:8081}"

	mkdir -p /var/cache/nginx/client_temp /var/cache/nginx/proxy_temp /run/nginx
	chown www-data:www-data /var/cache/nginx/client_temp /var/cache/nginx/proxy_temp
	rm -f /run/nginx/nginx.pid
	envsubst '${NGINX_PORT} ${NGINX_SERVER_NAME} ${NGINX_UPSTREAM}' \
		< /etc/nginx/templates/default.conf.template \
		> /etc/nginx/conf.d/default.conf
fi

exec "$@"
