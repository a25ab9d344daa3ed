# The client tools of every supported server version come from PostgreSQL's own repository. The base is pinned by its version;
# to pin it by its digest too, as docs/install.md shows, pass --build-arg NODE_IMAGE=node:24.21.0-trixie-slim@sha256:….
ARG NODE_IMAGE=node:24.21.0-trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY console/package.json ./console/
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json ormconfig.ts ./
COPY src ./src
COPY console ./console
RUN npm run build && chmod +x dist/src/cli/bscc.js
# Of the console only what was built goes into the image; npm leaves the link to its sources.
RUN npm prune --omit=dev --omit=optional && rm -f node_modules/berkut-console

FROM ${NODE_IMAGE}
# pgdg: the client tools of every supported version, from PostgreSQL's own repository. debian: only those of Debian itself (17 in
# trixie), where that repository cannot be reached. They serve servers up to their own version.
ARG CLIENT_TOOLS=pgdg
RUN apt-get update \
 && case "$CLIENT_TOOLS" in \
    pgdg) \
      apt-get install -y --no-install-recommends ca-certificates postgresql-common \
      && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
      && for version in 18 17 16 15 14; do apt-get install -y --no-install-recommends "postgresql-client-$version" || exit 1; done \
      # Version 13 has reached its end of life; where it has left the repository, the tools of 14 dump servers of 13.
      && (apt-get install -y --no-install-recommends postgresql-client-13 || echo 'no client tools of version 13') ;; \
    debian) apt-get install -y --no-install-recommends ca-certificates postgresql-client ;; \
    *) echo "CLIENT_TOOLS is pgdg or debian, not $CLIENT_TOOLS" >&2; exit 1 ;; \
    esac \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node -m 0700 /data \
 && ln -s /app/dist/src/cli/bscc.js /usr/local/bin/bscc
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
# The management port is for the machine alone; docs/install.md says how to let monitoring in.
ENV NODE_ENV=production APP_ENV=prod BERKUT_BACKUP_PATH=/data/backups BERKUT_BACKUP_UPLOADS_PATH=/data/uploads BERKUT_HTTP_HOST=0.0.0.0
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "dist/src/cli/health-check.js"]
# Why these: docs/performance.md.
CMD ["node", "--single-threaded-gc", "--max-semi-space-size=1", "dist/src/main.js"]
