FROM eclipse-temurin:17-jdk
RUN apt-get update && apt-get install -y --no-install-recommends maven maven-repo-helper libmaven-resources-plugin-java libmaven-compiler-plugin-java \
    libmaven-jar-plugin-java libsurefire-java libmaven-install-plugin-java libmaven-clean-plugin-java libmaven-shade-plugin-java libmaven-dependency-plugin-java junit4 \
 && rm -rf /var/lib/apt/lists/*
# Maven's repository cannot be reached: Debian's is one, and all that the examples use.
RUN mkdir -p /root/.m2 && printf '<settings><localRepository>/usr/share/maven-repo</localRepository><offline>true</offline></settings>\n' > /root/.m2/settings.xml \
 && printf '#!/bin/sh\nexec "$@"\n' > /usr/local/bin/mvn-entrypoint.sh && chmod +x /usr/local/bin/mvn-entrypoint.sh
ENV MAVEN_HOME=/usr/share/maven MAVEN_CONFIG=/root/.m2
ENTRYPOINT ["/usr/local/bin/mvn-entrypoint.sh"]
CMD ["mvn"]
