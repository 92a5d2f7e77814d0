import { lookUp } from '../text/table.js';
import type { Release } from './published-images.js';

/**
 * The libraries that a program needs that was linked with a `-dev` package of Debian or Ubuntu, the same in bullseye,
 * bookworm, trixie, focal, jammy and noble. Source: the package indexes of these releases, read 2026-11-22: what each
 * `-dev` package depends on in exactly its own version.
 */
const SAME: Readonly<Record<string, string>> = {
  'freetds-dev': 'libct4 libsybdb5',
  'libatlas-base-dev': 'libatlas3-base',
  'libblas-dev': 'libblas3',
  'libbluetooth-dev': 'libbluetooth3',
  'libbz2-dev': 'libbz2-1.0',
  'libcairo2-dev': 'libcairo2 libcairo-gobject2',
  'libcap-dev': 'libcap2',
  'libcap-ng-dev': 'libcap-ng0',
  'libdbus-1-dev': 'libdbus-1-3',
  'libdevmapper-dev': 'libdevmapper1.02.1',
  'libedit-dev': 'libedit2',
  'libexpat1-dev': 'libexpat1',
  'libfreetype-dev': 'libfreetype6',
  'libfreetype6-dev': 'libfreetype6',
  'libgif-dev': 'libgif7',
  'libgl-dev': 'libgl1',
  'libgmp-dev': 'libgmp10 libgmpxx4ldbl',
  'libheif-dev': 'libheif1',
  'libjansson-dev': 'libjansson4',
  'libjemalloc-dev': 'libjemalloc2',
  'libjpeg62-turbo-dev': 'libjpeg62-turbo',
  'libkrb5-dev': 'libgssapi-krb5-2',
  'liblapack-dev': 'liblapack3',
  'liblcms2-dev': 'liblcms2-2',
  'liblz4-dev': 'liblz4-1',
  'liblzma-dev': 'liblzma5',
  'libmariadb-dev': 'libmariadb3',
  'libmariadb-dev-compat': 'libmariadb3',
  'libmcrypt-dev': 'libmcrypt4',
  'libmosquitto-dev': 'libmosquitto1',
  'libmysqlclient-dev': 'libmysqlclient21',
  'libncurses-dev': 'libncursesw6 libncurses6',
  'libncurses5-dev': 'libncursesw6 libncurses6',
  'libncursesw5-dev': 'libncursesw6 libncurses6',
  'libnuma-dev': 'libnuma1',
  'libonig-dev': 'libonig5',
  'libopenblas-dev': 'libopenblas0',
  'libopenjp2-7-dev': 'libopenjp2-7',
  'libopus-dev': 'libopus0',
  'libpango1.0-dev': 'libpango-1.0-0 libpangocairo-1.0-0 libpangoft2-1.0-0',
  'libpcre3-dev': 'libpcre3',
  'libpixman-1-dev': 'libpixman-1-0',
  'libpq-dev': 'libpq5',
  'librabbitmq-dev': 'librabbitmq4',
  'librdkafka-dev': 'librdkafka++1 librdkafka1',
  'librsvg2-dev': 'librsvg2-2',
  'libsasl2-dev': 'libsasl2-2',
  'libseccomp-dev': 'libseccomp2',
  'libsnappy-dev': 'libsnappy1v5',
  'libsndfile1-dev': 'libsndfile1',
  'libsodium-dev': 'libsodium23',
  'libsqlite3-dev': 'libsqlite3-0',
  'libsystemd-dev': 'libsystemd0',
  'libudev-dev': 'libudev1',
  'libunwind-dev': 'libunwind8',
  'libusb-1.0-0-dev': 'libusb-1.0-0',
  'libx11-dev': 'libx11-6',
  'libxapian-dev': 'libxapian30',
  'libxext-dev': 'libxext6',
  'libxml2-dev': 'libxml2',
  'libxpm-dev': 'libxpm4',
  'libxrender-dev': 'libxrender1',
  'libxslt1-dev': 'libxslt1.1',
  'libyaml-dev': 'libyaml-0-2',
  'libzmq3-dev': 'libzmq5',
  'libzstd-dev': 'libzstd1',
  'portaudio19-dev': 'libportaudio2 libportaudiocpp0',
  'uuid-dev': 'libuuid1',
  'zlib1g-dev': 'zlib1g',
};

/** Those that are called otherwise from release to release. Same source. */
const BY_RELEASE: Readonly<Record<string, string>> = {
  'default-libmysqlclient-dev': 'bullseye bookworm trixie: libmariadb3; focal jammy noble: libmysqlclient21',
  'libaio-dev': 'bullseye bookworm focal jammy: libaio1; trixie noble: libaio1t64',
  'libarchive-dev': 'bullseye bookworm focal jammy: libarchive13; trixie noble: libarchive13t64',
  'libasound2-dev': 'bullseye bookworm focal jammy: libasound2; trixie noble: libasound2t64',
  'libavcodec-dev':
    'bullseye focal jammy: libavcodec58; bookworm: libavcodec59; trixie: libavcodec61; noble: libavcodec60',
  'libavformat-dev':
    'bullseye focal jammy: libavformat58; bookworm: libavformat59; trixie: libavformat61; noble: libavformat60',
  'libavif-dev': 'bullseye: libavif9; bookworm: libavif15; trixie noble: libavif16; jammy: libavif13',
  'libavutil-dev': 'bullseye focal jammy: libavutil56; bookworm: libavutil57; trixie: libavutil59; noble: libavutil58',
  'libconfig-dev': 'bullseye bookworm focal jammy noble: libconfig9; trixie: libconfig11',
  'libcurl4-gnutls-dev': 'bullseye bookworm focal jammy: libcurl3-gnutls; trixie noble: libcurl3t64-gnutls',
  'libcurl4-openssl-dev': 'bullseye bookworm focal jammy: libcurl4; trixie noble: libcurl4t64',
  'libevent-dev':
    'bullseye bookworm focal jammy: libevent-2.1-7 libevent-core-2.1-7 libevent-extra-2.1-7 libevent-openssl-2.1-7 libevent-pthreads-2.1-7; trixie noble: libevent-2.1-7t64 libevent-core-2.1-7t64 libevent-extra-2.1-7t64 libevent-openssl-2.1-7t64 libevent-pthreads-2.1-7t64',
  'libffi-dev': 'bullseye focal: libffi7; bookworm trixie jammy noble: libffi8',
  'libfmt-dev': 'bullseye: libfmt7; bookworm noble: libfmt9; trixie: libfmt10; jammy: libfmt8',
  'libgdal-dev':
    'bullseye: libgdal28; bookworm: libgdal32; trixie: libgdal36; focal: libgdal26; jammy: libgdal30; noble: libgdal34t64',
  'libgeos-dev': 'bullseye bookworm focal jammy: libgeos-c1v5; trixie noble: libgeos-c1t64',
  'libgit2-dev':
    'bullseye jammy: libgit2-1.1; bookworm: libgit2-1.5; trixie: libgit2-1.9; focal: libgit2-28; noble: libgit2-1.7',
  'libglib2.0-dev': 'bullseye bookworm focal jammy: libglib2.0-0; trixie noble: libglib2.0-0t64',
  'libgpgme-dev': 'bullseye bookworm focal jammy: libgpgme11; trixie noble: libgpgme11t64',
  'libgrpc++-dev': 'bullseye focal jammy: libgrpc++1; bookworm: libgrpc++1.51; trixie noble: libgrpc++1.51t64',
  'libhdf5-dev':
    'bullseye bookworm jammy: libhdf5-103-1 libhdf5-cpp-103-1 libhdf5-hl-100; trixie: libhdf5-310 libhdf5-cpp-310 libhdf5-hl-310; focal: libhdf5-103 libhdf5-cpp-103; noble: libhdf5-103-1t64 libhdf5-cpp-103-1t64 libhdf5-hl-100t64',
  'libhiredis-dev': 'bullseye bookworm focal jammy: libhiredis0.14; trixie noble: libhiredis1.1.0',
  'libicu-dev':
    'bullseye: libicu67; bookworm: libicu72; trixie: libicu76; focal: libicu66; jammy: libicu70; noble: libicu74',
  'libjpeg-dev': 'bullseye bookworm trixie: libjpeg62-turbo; focal jammy noble: libjpeg8',
  'libjson-c-dev': 'bullseye bookworm trixie jammy noble: libjson-c5; focal: libjson-c4',
  'libldap-dev': 'bookworm jammy: libldap-2.5-0; trixie noble: libldap2',
  'libldap2-dev': 'bullseye focal: libldap-2.4-2; bookworm jammy: libldap-2.5-0; trixie noble: libldap2',
  'libmagic-dev': 'bullseye bookworm focal jammy: libmagic1; trixie noble: libmagic1t64',
  'libmagickwand-dev':
    'bullseye bookworm focal jammy: libmagickwand-6.q16-6; trixie: libmagickwand-7.q16-10; noble: libmagickwand-6.q16-7t64',
  'libmemcached-dev':
    'bullseye bookworm focal jammy: libmemcached11 libmemcachedutil2; trixie noble: libmemcached11t64 libmemcachedutil2t64',
  'libmicrohttpd-dev': 'bullseye bookworm focal jammy: libmicrohttpd12; trixie noble: libmicrohttpd12t64',
  'libpcap-dev': 'bullseye bookworm focal jammy: libpcap0.8; trixie noble: libpcap0.8t64',
  'libpcre2-dev':
    'bullseye focal: libpcre2-8-0 libpcre2-posix2; bookworm trixie jammy noble: libpcre2-8-0 libpcre2-posix3',
  'libpng-dev': 'bullseye bookworm focal jammy: libpng16-16; trixie noble: libpng16-16t64',
  'libproj-dev': 'bullseye: libproj19; bookworm trixie noble: libproj25; focal: libproj15; jammy: libproj22',
  'libprotobuf-dev':
    'bullseye jammy: libprotobuf-lite23 libprotobuf23; bookworm: libprotobuf-lite32 libprotobuf32; trixie noble: libprotobuf-lite32t64 libprotobuf32t64; focal: libprotobuf-lite17 libprotobuf17',
  'libre2-dev': 'bullseye bookworm jammy: libre2-9; trixie: libre2-11; focal: libre2-5; noble: libre2-10',
  'libreadline-dev': 'bullseye bookworm focal jammy: libreadline8; trixie noble: libreadline8t64',
  'libspdlog-dev':
    'bullseye focal jammy: libspdlog1; bookworm: libspdlog1.10; trixie: libspdlog1.15; noble: libspdlog1.12',
  'libssh2-1-dev': 'bullseye bookworm focal jammy: libssh2-1; trixie noble: libssh2-1t64',
  'libssl-dev': 'bullseye focal: libssl1.1; bookworm jammy: libssl3; trixie noble: libssl3t64',
  'libswscale-dev': 'bullseye focal jammy: libswscale5; bookworm: libswscale6; trixie: libswscale8; noble: libswscale7',
  'libtidy-dev': 'bullseye bookworm focal jammy noble: libtidy5deb1; trixie: libtidy58',
  'libtiff-dev': 'bullseye focal jammy: libtiff5 libtiffxx5; bookworm trixie noble: libtiff6 libtiffxx6',
  'libtiff5-dev': 'bullseye focal jammy: libtiff5 libtiffxx5; bookworm trixie noble: libtiff6 libtiffxx6',
  'libuv1-dev': 'bullseye bookworm focal jammy: libuv1; trixie noble: libuv1t64',
  'libvips-dev': 'bullseye bookworm focal jammy: libvips42; trixie noble: libvips42t64',
  'libwebp-dev':
    'bullseye focal: libwebp6 libwebpdemux2 libwebpmux3; bookworm jammy: libwebp7 libwebpdemux2 libwebpmux3; trixie noble: libwebp7 libwebpdecoder3 libwebpdemux2 libwebpmux3',
  'libxmlsec1-dev':
    'bullseye bookworm focal jammy: libxmlsec1 libxmlsec1-gcrypt libxmlsec1-gnutls libxmlsec1-nss libxmlsec1-openssl; trixie noble: libxmlsec1t64 libxmlsec1t64-gcrypt libxmlsec1t64-gnutls libxmlsec1t64-nss libxmlsec1t64-openssl',
  'libzip-dev': 'bullseye bookworm jammy: libzip4; trixie focal: libzip5; noble: libzip4t64',
  'unixodbc-dev':
    'bullseye focal: libodbc1 odbcinst1debian2; bookworm trixie jammy noble: libodbc2 libodbccr2 libodbcinst2',
};

/** The libraries behind the `-dev` packages of Alpine that are called the same in every release since 3.14. */
const ALPINE: Readonly<Record<string, string>> = {
  'bzip2-dev': 'libbz2',
  'cairo-dev': 'cairo',
  'curl-dev': 'libcurl',
  'cyrus-sasl-dev': 'libsasl',
  'expat-dev': 'expat',
  'freetds-dev': 'freetds',
  'freetype-dev': 'freetype',
  'fribidi-dev': 'fribidi',
  'gdal-dev': 'gdal',
  'gdk-pixbuf-dev': 'gdk-pixbuf',
  'geos-dev': 'geos',
  'giflib-dev': 'giflib',
  'gmp-dev': 'gmp',
  'harfbuzz-dev': 'harfbuzz',
  'hiredis-dev': 'hiredis',
  'icu-dev': 'icu-libs',
  'jpeg-dev': 'libjpeg-turbo',
  'krb5-dev': 'krb5-libs',
  'lcms2-dev': 'lcms2',
  'libevent-dev': 'libevent',
  'libexif-dev': 'libexif',
  'libffi-dev': 'libffi',
  'libgit2-dev': 'libgit2',
  'libjpeg-turbo-dev': 'libjpeg-turbo',
  'libmemcached-dev': 'libmemcached-libs',
  'libpng-dev': 'libpng',
  'libpq-dev': 'libpq',
  'librdkafka-dev': 'librdkafka',
  'libsodium-dev': 'libsodium',
  'libuv-dev': 'libuv',
  'libwebp-dev': 'libwebp',
  'libxml2-dev': 'libxml2',
  'libxslt-dev': 'libxslt',
  'libzip-dev': 'libzip',
  'lz4-dev': 'lz4-libs',
  'mariadb-connector-c-dev': 'mariadb-connector-c',
  'mariadb-dev': 'mariadb-connector-c',
  'mysql-dev': 'mariadb-connector-c',
  'ncurses-dev': 'ncurses-libs',
  'oniguruma-dev': 'oniguruma',
  'openjpeg-dev': 'openjpeg',
  'openldap-dev': 'libldap',
  'pango-dev': 'pango',
  'pcre-dev': 'pcre',
  'pcre2-dev': 'pcre2',
  'postgresql-dev': 'libpq',
  'proj-dev': 'proj',
  'rabbitmq-c-dev': 'rabbitmq-c',
  'readline-dev': 'readline',
  'snappy-dev': 'snappy',
  'sqlite-dev': 'sqlite-libs',
  'tiff-dev': 'tiff',
  'unixodbc-dev': 'unixodbc',
  'vips-dev': 'vips',
  'xz-dev': 'xz-libs',
  'yaml-dev': 'yaml',
  'zeromq-dev': 'libzmq',
  'zlib-dev': 'zlib',
  'zstd-dev': 'zstd-libs',
};

/**
 * Packages that bring headers, tools or static libraries alone, so that a program that was built with them needs none
 * of them to run; and libraries that are part of every image of the distribution.
 */
const NOTHING_AT_RUN_TIME =
  /^(?:build-essential|build-base|alpine-sdk|gcc(?:-[\d.]+|-multilib)?|g\+\+(?:-[\d.]+)?|cpp|clang(?:-\d+)?|lld|llvm(?:-\d+)?|make|gmake|cmake|ninja-build|ninja|meson|samurai|autoconf|automake|libtool|autotools-dev|bison|flex|gettext-dev|pkg-config|pkgconf|pkgconfig|patch|ccache|nasm|yasm|gperf|texinfo|binutils|dpkg-dev|debhelper|fakeroot|devscripts|linux-headers(?:-.*)?|linux-libc-dev|libc6?-dev|musl-dev|libstdc\+\+-[\d]+-dev|python3?-dev|python3\.\d+-dev|python3-all-dev|libpython3(?:\.\d+)?-dev|ruby-dev|go|golang(?:-go)?|golang-[\d.]+(?:-go)?|rustc|rust|cargo|git|git-core|mercurial|subversion|bzr|protobuf-compiler|protoc|openjdk-\d+-jdk(?:-headless)?|default-jdk(?:-headless)?|maven|gradle|ant|node-gyp|swig|cython3?|libboost-dev|libeigen3-dev|nlohmann-json3-dev|libgtest-dev|googletest|re2c|openssl-dev|libressl-dev|upx|upx-ucl|gdb|valgrind|strace)$/;

/** Packages that every image with a C++ program needs where the compiler brought them: the libraries of gcc. */
const COMPILERS = /^(?:build-base|alpine-sdk|g\+\+|clang)$/;

/** What is left of a package of a builder stage in the image that runs. */
export type RuntimePackages = readonly string[] | 'unknown';

/**
 * The packages that take the place of one where nothing is built any more: itself for a program or library, none for
 * a tool of the build, the libraries behind a `-dev` package. `'unknown'` for a `-dev` package that is in no table.
 */
export function runtimePackagesOf(name: string, release: Release | undefined): RuntimePackages {
  const plain = name.replace(/(?:[=~<>].*|:\w+|@\w+)$/, '');
  if (release?.distribution === 'alpine' && COMPILERS.test(plain)) return ['libstdc++'];
  if (release?.distribution === 'alpine' && /^(?:cargo|rust)$/.test(plain)) return ['libgcc'];
  if (NOTHING_AT_RUN_TIME.test(plain)) return [];
  if (release?.distribution === 'alpine') {
    const libraries = lookUp(ALPINE, plain)?.split(' ');
    return libraries ?? (/-(?:dev|static)$/.test(plain) ? 'unknown' : [name]);
  }
  if (!/-dev$/.test(plain)) return [name];
  if (release === undefined) return 'unknown';
  const same = lookUp(SAME, plain);
  if (same !== undefined) return same.split(' ');
  const row = lookUp(BY_RELEASE, plain);
  for (const part of row?.split('; ') ?? []) {
    const [releases = '', libraries = ''] = part.split(': ');
    if (releases.split(' ').includes(release.name)) return libraries.split(' ');
  }
  return 'unknown';
}

/** Whether a package is there to build something: it is gone, or turns into its libraries, where nothing is built. */
export function isBuildPackage(name: string, release: Release | undefined): boolean {
  const runtime = runtimePackagesOf(name, release);
  return runtime === 'unknown' || runtime.length !== 1 || runtime[0] !== name;
}
