FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends golang-go gcc libc6-dev g++ make git pkg-config ca-certificates && rm -rf /var/lib/apt/lists/*
RUN ln -s /usr/lib/go /usr/local/go && mkdir -p /go/src /go/bin && chmod -R 1777 /go
ENV GOLANG_VERSION=1.22.12 GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOPATH=/go PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /go
CMD ["bash"]
