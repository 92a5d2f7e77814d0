FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends nginx-light ca-certificates curl && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled/* /var/www/html
RUN printf 'server {\n  listen 80;\n  location / { root /usr/share/nginx/html; index index.html; }\n}\n' > /etc/nginx/conf.d/default.conf \
 && useradd --system --uid 101 --shell /usr/sbin/nologin nginx && sed -i 's/^user .*/user nginx;/; /^pid/d' /etc/nginx/nginx.conf && sed -i '1i pid /run/nginx.pid;' /etc/nginx/nginx.conf \
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
ENV NGINX_VERSION=1.22.1
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
