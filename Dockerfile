# The program as an image. Described in docs/in-the-pipeline.md.
#
#   docker build -t palisade .               the program alone: no shell, no package manager
#   docker build --target ci -t palisade .   with a shell and git, for GitLab and for --since
#
# Each base is named by a version, which can move. A build that must give the same image again names it by digest:
#   docker buildx imagetools inspect rust:1.95.0-slim-trixie --format '{{.Manifest.Digest}}'
#   docker build --build-arg RUST=docker.io/library/rust:1.95.0-slim-trixie@sha256:…
# The two Debian versions belong together: a program links with the C library of where it was built.
ARG RUST=docker.io/library/rust:1.95.0-slim-trixie
ARG DEBIAN=docker.io/library/debian:13-slim
ARG DISTROLESS=gcr.io/distroless/cc-debian13:nonroot

FROM ${RUST} AS build
WORKDIR /source
# What .dockerignore lets through: sources, controls and the lock file; no .git, no settings of a developer.
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package palisade \
    && install -D -m 0755 target/release/palisade /out/palisade

FROM ${DEBIAN} AS ci
# git's version follows the Debian release: pinning one would only break when Debian mends it.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/palisade /usr/local/bin/palisade
USER 65532:65532
WORKDIR /work
CMD ["palisade", "check", "."]

FROM ${DISTROLESS}
COPY --from=build /out/palisade /usr/local/bin/palisade
# The number and not the name, so that Kubernetes can tell that it is not root.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/palisade"]
CMD ["check", "."]
