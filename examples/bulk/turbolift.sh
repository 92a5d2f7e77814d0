#!/bin/sh
# A campaign of https://github.com/Skyscanner/turbolift. repos.txt names the repositories, a line each; the first line of
# README.md is the title of the pull requests, the rest their text.
set -eu
turbolift clone
turbolift foreach -- dfix --write .
turbolift commit --message 'Rewrite Dockerfiles with dfix'
turbolift create-prs
