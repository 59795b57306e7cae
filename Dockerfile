# The same file system as scripts/release/image builds without a daemon, for those who have one:
#
#     docker build -t kubectl-rollout-heal:v0.1.0 .
#
# Of a copy without .git, say which commit it is of and when that was made, and the digest is the same:
#
#     --build-arg COMMIT=$(git describe --always --dirty --abbrev=12) --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
FROM swift:6.3.1-bookworm AS build
ARG COMMIT
ARG SOURCE_DATE_EPOCH
WORKDIR /src
COPY . .
# The base image names no source packages; scripts/release/static-libraries makes lists of its own from what apt is configured with.
RUN apt-get update && scripts/release/image --output /image

FROM scratch
COPY --from=build /image/rootfs/ /
USER 65532:65532
WORKDIR /
ENV PATH=/usr/local/bin
ENTRYPOINT ["/usr/local/bin/kubectl-rollout_heal"]
