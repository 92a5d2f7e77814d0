# What the image without a shell brings: certificates, time zones, three users and the folders.
FROM debian:bookworm AS files
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /root-fs/etc/ssl/certs /root-fs/usr/share /root-fs/home/nonroot /root-fs/root /root-fs/var/run /root-fs/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /root-fs/etc/ssl/certs/ \
 && cp -a /usr/share/zoneinfo /root-fs/usr/share/ \
 && printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' > /root-fs/etc/passwd \
 && printf 'root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n' > /root-fs/etc/group \
 && chmod 1777 /root-fs/tmp && chown -R 65532:65532 /root-fs/home/nonroot && chmod 700 /root-fs/root

FROM scratch
COPY --from=files /root-fs/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 0
WORKDIR /
