# The same file system as scripts/image builds without a daemon, for those who have one:
#
#     docker build --build-arg COMMIT=$(git describe --always --dirty --abbrev=12) -t kubectl-rollout-heal:v0.1.0 .
FROM swift:6.3.1-bookworm AS build
WORKDIR /src
COPY . .
# The base image names no source packages; scripts/static-libraries makes lists of its own from what apt is configured with.
RUN apt-get update && scripts/image --output /image

FROM scratch
COPY --from=build /image/rootfs/ /
USER 65532:65532
WORKDIR /
ENV PATH=/usr/local/bin
ENTRYPOINT ["/usr/local/bin/kubectl-rollout_heal"]
