FROM eclipse-temurin:17-jdk AS jdk
RUN apt-get update && apt-get install -y --no-install-recommends binutils \
 && jlink --add-modules java.se,jdk.charsets,jdk.crypto.ec,jdk.httpserver,jdk.localedata,jdk.management,jdk.naming.dns,jdk.unsupported,jdk.zipfs \
    --strip-debug --no-header-files --no-man-pages --output /jre

FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends curl wget ca-certificates locales tzdata && rm -rf /var/lib/apt/lists/* && useradd -u 1000 -m ubuntu
COPY --from=jdk /jre /opt/java/openjdk
COPY --from=jdk /etc/java-17-openjdk /etc/java-17-openjdk
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=en_US.UTF-8 JAVA_VERSION=jdk-17.0.15+6
