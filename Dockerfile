# syntax=docker/dockerfile:1
# The program alone: static, not as root. `docker run --rm -p 8080:8080 ringtrue mock leadmagic --listen 0.0.0.0:8080`
FROM rust:1.95-alpine3.22 AS build
# hadolint ignore=DL3018
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p ringtrue-cli && install -D target/release/ringtrue /out/ringtrue

FROM scratch
COPY --from=build /out/ringtrue /usr/local/bin/ringtrue
# The user `nobody` of most systems. Reports are written to a mounted folder.
USER 65534:65534
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/ringtrue"]
CMD ["--help"]
