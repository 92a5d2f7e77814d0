FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends rustc cargo gcc libc6-dev git curl pkg-config libssl-dev ca-certificates && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /usr/local/cargo/bin
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin RUST_VERSION=1.75.0
