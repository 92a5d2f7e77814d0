import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { alpineTagOf } from '../src/analysis/alpine-base.js';
import { javaImageOf, javaRuntimeOf, releaseOf, slimTagOf } from '../src/analysis/published-images.js';
import { LATEST_TAGS } from '../src/analysis/latest-tags.js';
import { isBuildPackage, runtimePackagesOf } from '../src/analysis/runtime-libraries.js';
import { tomcatRuntimeTag } from '../src/analysis/tomcat-images.js';
import { parseImageReference } from '../src/dockerfile/image-reference.js';

const TAGS = '../shared/data/official-image-tags.json';
const CONFIG = '../shared/data/official-image-config.json';

function release(reference: string): string | undefined {
  const found = releaseOf(parseImageReference(reference));
  return found === undefined ? undefined : `${found.distribution} ${found.name}`;
}

function slim(reference: string): string | undefined {
  return slimTagOf(parseImageReference(reference));
}

function javaRuntime(reference: string): string | undefined {
  const java = javaImageOf(parseImageReference(reference));
  return java === undefined ? undefined : javaRuntimeOf(java);
}

describe('the release of an image', () => {
  test.each([
    ['golang:1.21', 'debian bookworm'],
    ['golang:1.20.4', 'debian bullseye'],
    ['golang:1.20', 'debian bookworm'],
    ['golang', 'debian trixie'],
    ['golang:1.24-alpine', 'alpine 3.23'],
    ['golang:1.24.2-alpine', 'alpine 3.21'],
    ['golang:1.24-alpine3.20', 'alpine 3.20'],
    ['docker.io/library/rust:1.70-slim', 'debian bullseye'],
    ['debian:12.5', 'debian bookworm'],
    ['ubuntu:22.04', 'ubuntu jammy'],
    ['alpine:3.20.1', 'alpine 3.20'],
  ])('of %s is %s', (reference, expected) => {
    expect(release(reference)).toBe(expected);
  });

  test.each([
    'golang:99',
    'golang:1.21@sha256:0',
    'golang:1.21-rc',
    'ghcr.io/golang:1.21',
    'golang:1.21-windowsservercore',
    'ubuntu:14.04',
    'node:tip',
  ])('of %s is unknown', (reference) => {
    expect(release(reference)).toBeUndefined();
  });
});

describe('the image with the runtime of Tomcat', () => {
  test.each([
    ['tomcat:9-jdk17', '9-jre17'],
    ['tomcat:10.1.20-jdk21-temurin-jammy', '10.1.20-jre21-temurin-jammy'],
    ['tomcat:8.5.80-jdk11', undefined],
    ['tomcat:9.0.90-jdk17-corretto', undefined],
    ['tomcat:9-jre17', undefined],
    ['tomcat:10', undefined],
    ['example.com/tomcat:9-jdk17', undefined],
  ])('of %s is %s', (reference, expected) => {
    expect(tomcatRuntimeTag(parseImageReference(reference))).toBe(expected);
  });
});

describe('the variant on Alpine', () => {
  test.each([
    ['node:20', '20-alpine'],
    ['node:lts-bookworm-slim', 'lts-alpine'],
    ['python:3.12.1-slim-bookworm', '3.12.1-alpine'],
    ['python', 'alpine'],
    ['python:3.5', undefined],
    ['node:20-alpine', undefined],
    ['golang:1.22', undefined],
  ])('of %s is %s', (reference, expected) => {
    expect(alpineTagOf(parseImageReference(reference))).toBe(expected);
  });
});

describe('the small variant of an image', () => {
  test.each([
    ['node:20', '20-slim'],
    ['node', 'slim'],
    ['node:lts', 'lts-slim'],
    ['node:20.11.1-bookworm', '20.11.1-bookworm-slim'],
    ['python:3.11-bookworm', '3.11-slim-bookworm'],
    ['python:3', '3-slim'],
    ['ruby:3.2.2', '3.2.2-slim'],
    ['debian:bookworm', 'bookworm-slim'],
  ])('of %s is %s', (reference, expected) => {
    expect(slim(reference)).toBe(expected);
  });

  test.each([
    'node:20-alpine',
    'node:20-slim',
    'node:99',
    'node:0.10',
    'python:3.12-rc',
    'golang:1.21',
    'python:3.9-onbuild',
    'node:20-stretch',
  ])('of %s is unknown', (reference) => {
    expect(slim(reference)).toBeUndefined();
  });
});

describe('the runtime of a Java image', () => {
  test.each([
    ['maven:3.8.5-openjdk-17', 'eclipse-temurin:17-jre'],
    ['maven:3.9-eclipse-temurin-21-alpine', 'eclipse-temurin:21-jre-alpine'],
    ['maven:3.9-amazoncorretto-17', 'amazoncorretto:17-headless'],
    ['gradle:8.5-jdk17-jammy', 'eclipse-temurin:17-jre-jammy'],
    ['openjdk:11-jdk-slim', 'eclipse-temurin:11-jre'],
    ['eclipse-temurin:17', 'eclipse-temurin:17-jre'],
  ])('of %s is %s', (reference, expected) => {
    expect(javaRuntime(reference)).toBe(expected);
  });

  test.each(['maven:3.9-ibm-semeru-17', 'eclipse-temurin:17-jre', 'gradle:7-jdk17-graal', 'openjdk:15', 'node:20'])(
    'of %s is unknown',
    (reference) => {
      expect(javaRuntime(reference)).toBeUndefined();
    },
  );
});

describe('packages at run time', () => {
  const bookworm = { distribution: 'debian', name: 'bookworm' } as const;
  const alpine = { distribution: 'alpine', name: '3.20' } as const;
  test.each([
    ['gcc', bookworm, []],
    ['libpq-dev', bookworm, ['libpq5']],
    ['libssl-dev=3.0.1', bookworm, ['libssl3']],
    ['libssl-dev', { distribution: 'debian', name: 'trixie' } as const, ['libssl3t64']],
    ['ffmpeg', bookworm, ['ffmpeg']],
    ['libstrange-dev', bookworm, 'unknown'],
    ['build-base', alpine, ['libstdc++']],
    ['postgresql-dev', alpine, ['libpq']],
    ['constructor', bookworm, ['constructor']],
  ])('of %s', (name, where, expected) => {
    expect(runtimePackagesOf(name, where)).toEqual(expected);
  });

  test('a package that stays is none of the build', () => {
    expect(isBuildPackage('curl', bookworm)).toBe(false);
    expect(isBuildPackage('libpq-dev', bookworm)).toBe(true);
  });
});

interface Listed {
  readonly images: Readonly<Record<string, { readonly tags: Readonly<Record<string, string>> }>>;
}

interface Configured {
  readonly images: Readonly<
    Record<string, { readonly bases: readonly string[]; readonly tags: Readonly<Record<string, string>> }>
  >;
}

const withData = existsSync(TAGS) && existsSync(CONFIG) ? test : test.skip;

/** Builds of 2014 that were listed once more by mistake, and small images that followed some days later. */
const ODD =
  /^(?:node:0\.1[01]\.|node:(?:10\.13(?:\.0)?|10\.14\.0|6\.14\.4)-slim|php:5\.|python:3\.[34]\.1$|python:3\.3\.5$)/;

describe('every tag that was ever listed (needs ../shared/data)', () => {
  withData('has the release that the table tells', () => {
    const { images } = JSON.parse(readFileSync(CONFIG, 'utf8')) as Configured;
    const wrong: string[] = [];
    let known = 0;
    for (const name of ['golang', 'rust', 'node', 'python', 'ruby', 'php']) {
      const image = images[name];
      for (const [key, tags] of Object.entries(image?.tags ?? {})) {
        const base = image?.bases[Number(key.split('.')[1])] ?? '';
        for (const tag of tags.split(' ')) {
          const reference = `${name}:${tag}`;
          const told = release(reference);
          if (told === undefined || base === '' || ODD.test(reference)) continue;
          known++;
          const real = base
            .replace(/^buildpack-deps:/, 'debian:')
            .replace(/-(?:slim|scm|curl)$/, '')
            .replace(':', ' ');
          if (told !== real) wrong.push(`${reference} is ${real}, not ${told}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(known).toBeGreaterThan(5000);
  });

  withData('has the small variant and the runtime that the tables tell', () => {
    const { images } = JSON.parse(readFileSync(TAGS, 'utf8')) as Listed;
    const all = (name: string): Set<string> =>
      new Set(Object.values(images[name]?.tags ?? {}).flatMap((tags) => tags.split(' ')));
    const wrong: string[] = [];
    for (const name of ['node', 'python', 'ruby', 'rust', 'debian', 'elixir']) {
      const tags = all(name);
      for (const tag of tags) {
        const small = slim(`${name}:${tag}`);
        if (small !== undefined && !tags.has(small) && !ODD.test(`${name}:${tag}`)) wrong.push(`${name}:${small}`);
      }
    }
    for (const name of ['node', 'python', 'ruby']) {
      const tags = all(name);
      for (const tag of tags) {
        const alpine = alpineTagOf(parseImageReference(`${name}:${tag}`));
        if (alpine !== undefined && !tags.has(alpine)) wrong.push(`${name}:${tag} to ${name}:${alpine}`);
      }
    }
    const tomcat = all('tomcat');
    for (const tag of tomcat) {
      const runtime = tomcatRuntimeTag(parseImageReference(`tomcat:${tag}`));
      if (runtime !== undefined && !tomcat.has(runtime)) wrong.push(`tomcat:${tag} to tomcat:${runtime}`);
    }
    const runtimes = new Map(['eclipse-temurin', 'amazoncorretto'].map((name) => [name, all(name)]));
    for (const name of ['maven', 'gradle', 'openjdk', 'eclipse-temurin', 'amazoncorretto']) {
      for (const tag of all(name)) {
        const [runtime, version] = javaRuntime(`${name}:${tag}`)?.split(':') ?? [];
        if (runtime !== undefined && runtimes.get(runtime)?.has(version ?? '') !== true)
          wrong.push(`${name}:${tag} to ${runtime}:${version ?? ''}`);
      }
    }
    for (const [name, tag] of Object.entries(LATEST_TAGS)) if (!all(name).has(tag)) wrong.push(`${name}:${tag}`);
    expect([...new Set(wrong)]).toEqual([]);
  });
});
