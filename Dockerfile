# syntax=docker/dockerfile:1
FROM node:24.19.0-alpine3.24 AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM node:24.19.0-alpine3.24
LABEL org.opencontainers.image.title="dfix" \
      org.opencontainers.image.description="Rewrites Dockerfiles" \
      org.opencontainers.image.licenses="MIT"
# git tells which files a repository ignores.
RUN apk add --no-cache git
WORKDIR /opt/dfix
COPY package.json LICENSE NOTICE ./
COPY docs ./docs
# The bundle holds everything that the command needs.
COPY --from=build /src/dist/cli/launch.cjs ./dist/cli/
COPY --from=build /src/dist/dfix.bundle.js /src/dist/dfix.bundle.cache ./dist/
ENV NODE_ENV=production
WORKDIR /work
USER 1000
ENTRYPOINT ["node", "/opt/dfix/dist/cli/launch.cjs"]
CMD ["--check", "--diff"]
