# The container image of Kabar: the executable, glibc, certificates. No shell, no package manager, no root; the root may be read-only.
#
#   docker build -t kabar .        compiles the executable inside the build
#   bun run image && buildah build --format docker --build-context files=dist/image -t kabar .
#                                  takes what `bun run image` gathered on this machine, and needs no other image; with
#                                  `-- --target linux-arm64` and --platform linux/arm64 for that processor
FROM oven/bun:1.4.5 AS compiled
WORKDIR /kabar
COPY package.json package-lock.json ./
RUN bun install --ignore-scripts
COPY LICENSE ./
COPY .ci .ci
COPY src src
COPY widget widget
COPY docs docs
RUN bun run .ci/image.ts --out /image

FROM scratch AS files
COPY --from=compiled /image/ /

FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Kabar" \
      org.opencontainers.image.description="Self-hosted chat and notifications for any web page" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=files /root/ /
COPY --from=files --chown=65532:65532 /own/ /
# SQLite keeps the remainder of a large sort in a file, and there is no other folder to write into.
ENV HOST=0.0.0.0 PORT=3000 KABAR_DATA_DIR=/data SQLITE_TMPDIR=/data
USER 65532:65532
WORKDIR /etc/kabar
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s CMD ["/usr/bin/kabar", "health"]
ENTRYPOINT ["/usr/bin/kabar"]
