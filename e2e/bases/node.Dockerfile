ARG FROM
FROM ${FROM}
ARG TOOLS="build-essential python3 git curl wget ca-certificates gnupg openssh-client procps unzip"
RUN if [ -n "$TOOLS" ]; then apt-get update && apt-get install -y --no-install-recommends $TOOLS && rm -rf /var/lib/apt/lists/*; fi
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ENV NODE_VERSION=20.19.5 YARN_VERSION=1.22.22
COPY node /usr/local/
# The registry of npm is reached as the machine does it, and native modules are built with the headers that are here.
RUN cd /usr/local && rm complete && mkdir -p opt etc /opt && mv yarn /opt/yarn-v1.22.22 && rmdir opt \
 && ln -s ../lib/node_modules/npm/bin/npm-cli.js bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js bin/npx \
 && ln -s ../lib/node_modules/corepack/dist/corepack.js bin/corepack && ln -s node bin/nodejs \
 && ln -s /opt/yarn-v1.22.22/bin/yarn bin/yarn \
 && printf 'cafile=/etc/ssl/host-ca.crt\nnodedir=/usr/local\n' > etc/npmrc \
 && printf '#!/bin/sh\nset -e\nif [ "${1#-}" != "${1}" ] || [ -z "$(command -v "${1}")" ] || { [ -f "${1}" ] && ! [ -x "${1}" ]; }; then set -- node "$@"; fi\nexec "$@"\n' > bin/docker-entrypoint.sh \
 && chmod +x bin/docker-entrypoint.sh && node --version && npm --version && yarn --version && rm -rf /tmp/* /root/.npm
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
