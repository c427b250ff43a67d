#!/usr/bin/env bash
# Runs the program for the action: annotations in the log, a summary of the job, and reports as files.
set -uo pipefail

reports=${RUNNER_TEMP:?}/ringtrue-reports
mkdir -p "$reports"
printf '::add-matcher::%s\n' "${GITHUB_ACTION_PATH:?}/.github/action/problem-matcher.json"

read -ra more <<<"${RINGTRUE_ACTION_ARGS:-}"
options=(--report "json=$reports/report.json" --report "sarif=$reports/report.sarif" --report "junit=$reports/junit.xml")
options+=(--report "markdown=$reports/report.md" --report github ${more[@]+"${more[@]}"})
[ -z "${RINGTRUE_KEY:-}" ] && unset RINGTRUE_KEY
[ -z "${RINGTRUE_OTHER_KEY:-}" ] && unset RINGTRUE_OTHER_KEY

if [ -n "${RINGTRUE_ACTION_CLIENT:-}" ]; then
    read -ra command <<<"$RINGTRUE_ACTION_CLIENT"
    set -- client "$RINGTRUE_ACTION_CONTRACT" "${options[@]}" -- "${command[@]}"
else
    set -- server "$RINGTRUE_ACTION_CONTRACT" "${options[@]}"
    [ -n "${RINGTRUE_ACTION_URL:-}" ] && set -- "$@" --url "$RINGTRUE_ACTION_URL"
    [ -n "${RINGTRUE_ACTION_STATES:-}" ] && set -- "$@" --states "$RINGTRUE_ACTION_STATES"
fi

"$RINGTRUE_ACTION_PROGRAM" "$@" 2>"$reports/stderr.txt"
code=$?
cat "$reports/stderr.txt" >&2
case $code in
0) outcome=conformant ;;
1) outcome=non_conformant ;;
3) outcome=incomplete ;;
*) outcome=error ;;
esac

{
    if [ -s "$reports/report.md" ]; then
        cat "$reports/report.md"
    else
        printf '### ringtrue: %s, %s\n\n' "$RINGTRUE_ACTION_CONTRACT" "${outcome/_/-}"
        # Four backticks, because a message may contain three.
        printf '````text\n'
        head -c 900000 "$reports/stderr.txt"
        printf '\n````\n'
    fi
} >>"$GITHUB_STEP_SUMMARY"

printf 'outcome=%s\n' "$outcome" >>"$GITHUB_OUTPUT"
for name in report.json report.sarif junit.xml; do
    [ -s "$reports/$name" ] && printf '%s=%s\n' "$(case $name in *.json) echo report ;; *.sarif) echo sarif ;; *) echo junit ;; esac)" "$reports/$name" >>"$GITHUB_OUTPUT"
done
exit $code
