# As in the official image the compiler and its libraries lie in /usr/local, in front of those of the distribution.
FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ libc6-dev make git ca-certificates && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /usr/local/lib64 \
 && cp -P /usr/lib/x86_64-linux-gnu/libstdc++.so.6* /usr/lib/x86_64-linux-gnu/libgcc_s.so.1 /usr/lib/x86_64-linux-gnu/libgomp.so.1* /usr/local/lib64/ \
 && cp -P /lib/x86_64-linux-gnu/libgcc_s.so.1 /usr/local/lib64/ \
 && rm -f /usr/lib/x86_64-linux-gnu/libgomp.so.1* \
 && ln -s /usr/bin/gcc /usr/bin/g++ /usr/local/bin/ \
 && echo /usr/local/lib64 > /etc/ld.so.conf.d/000-local-lib.conf && ldconfig
ENV GCC_VERSION=12.2.0
CMD ["bash"]
