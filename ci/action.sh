#!/usr/bin/env bash
# The steps of action.yml. Everything comes in through the environment; what is written for later steps is a path, a
# number or a digest of our own, never a text of the repository that is judged.
set -euo pipefail

# Limit: GitHub refuses summaries over 1 MiB a step and comments over 65,536 characters; both leave room for a note.
readonly SUMMARY_BYTES_MAX=900000
readonly COMMENT_BYTES_MAX=60000

fail() {
    printf '::error title=palisade::%s\n' "$1"
    exit 2
}

need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || fail "the program $tool is not on this runner"
    done
}

output() {
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# Shows a text in the log without letting a line of it be taken for a command.
# https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
show() {
    local word
    [[ -s $1 ]] || return 0
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$word"
    cat "$1"
    printf '\n::%s::\n' "$word"
}

digest() {
    if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# Where the program is, or what it takes to get it.
find_program() {
    local folder=$RUNNER_TEMP/palisade/bin
    mkdir -p "$folder"
    output folder "$folder"
    case ${PALISADE_VERSION:-} in
        '')
            need find sort xargs
            local key
            key=$(cd "$PALISADE_SOURCE" && find Cargo.toml Cargo.lock rust-toolchain.toml crates content -type f -print0 |
                LC_ALL=C sort -z | xargs -0 "$(command -v sha256sum || command -v shasum)" | digest | cut -c 1-64)
            output key "palisade-${RUNNER_OS}-${RUNNER_ARCH}-$key"
            output build true
            output program "$folder/palisade"
            ;;
        installed)
            need palisade
            output program "$(command -v palisade)"
            ;;
        *) fetch "$folder" ;;
    esac
}

# Fetches the program of a release and holds it to the digests that were published with it.
fetch() {
    local folder=$1 system name
    need gh tar
    [[ $PALISADE_VERSION =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] ||
        fail 'the input version is no release such as v0.1.0'
    case $RUNNER_OS-$RUNNER_ARCH in
        Linux-X64) system=x86_64-unknown-linux-gnu ;;
        Linux-ARM64) system=aarch64-unknown-linux-gnu ;;
        macOS-ARM64) system=aarch64-apple-darwin ;;
        *) fail "no release is made for $RUNNER_OS on $RUNNER_ARCH: leave the input version empty to build" ;;
    esac
    name=palisade-$system.tar.gz
    gh release download "$PALISADE_VERSION" --repo "$PALISADE_REPOSITORY" --dir "$folder" --clobber \
        --pattern "$name" --pattern SHA256SUMS
    (cd "$folder" && grep -E "^[0-9a-f]{64} [ *]$name\$" SHA256SUMS | digest --check --status -) ||
        fail "the digest of $name is not the one in SHA256SUMS"
    tar -xzf "$folder/$name" -C "$folder" palisade
    output program "$folder/palisade"
}

build() {
    need cargo
    # rust-toolchain.toml counts in the folder where cargo runs.
    cd "$PALISADE_SOURCE"
    CARGO_TARGET_DIR=$RUNNER_TEMP/palisade/target cargo build --release --locked --package palisade
    cp "$RUNNER_TEMP/palisade/target/release/palisade" "$PALISADE_FOLDER/palisade"
}

# Judges once a format. The first run decides whether there is anything to tell.
check() {
    need jq
    local out=$RUNNER_TEMP/palisade/out arguments=() paths=() line code=0
    mkdir -p "$out"
    # The last line may come without an end.
    while IFS= read -r line || [[ -n $line ]]; do
        [[ -z $line ]] || arguments+=("$line")
    done <<<"${PALISADE_ARGS:-}"
    while IFS= read -r line || [[ -n $line ]]; do
        [[ -z $line ]] || arguments+=("--framework=$line")
    done <<<"${PALISADE_FRAMEWORKS:-}"
    while IFS= read -r line || [[ -n $line ]]; do
        [[ -z $line ]] || paths+=("$line")
    done <<<"${PALISADE_PATHS:-}"
    [[ -z ${PALISADE_FAIL_ON:-} ]] || arguments+=("--fail-on=$PALISADE_FAIL_ON")
    [[ -z ${PALISADE_BASELINE:-} ]] || arguments+=("--baseline=$PALISADE_BASELINE")
    ((${#paths[@]} > 0)) || paths=(.)

    run() {
        local format=$1
        shift
        code=0
        "$PALISADE_PROGRAM" check --format "$format" "$@" ${arguments[@]+"${arguments[@]}"} -- "${paths[@]}" 2>"$out/errors" ||
            code=$?
    }

    run json --output "$out/report.json"
    show "$out/errors"
    output code "$code"
    # 0, 1 and 3 give a report; anything else says why there is none.
    case $code in
        0 | 1 | 3) ;;
        *) return 0 ;;
    esac
    output findings "$(jq '.summary.fail' "$out/report.json")"
    run sarif --output "$out/palisade.sarif"
    output sarif "$out/palisade.sarif"
    run markdown --output "$out/palisade.md"
    output markdown "$out/palisade.md"
    run github
    cut_to "$SUMMARY_BYTES_MAX" "$out/palisade.md" >>"$GITHUB_STEP_SUMMARY"
}

# A text, or as many whole lines of it as fit.
cut_to() {
    local limit=$1 file=$2
    if (($(wc -c <"$file") <= limit)); then
        cat "$file"
        return
    fi
    printf '> This is only the beginning: the whole is too long for this place.\n\n'
    head -c "$limit" "$file" | sed '$d'
}

# Writes one comment, or writes the one that is there again. It is known by a mark that does not show.
comment() {
    need gh jq
    local number owner name mark ids id body=$RUNNER_TEMP/palisade/out/comment.md
    number=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
    if [[ -z $number ]]; then
        echo 'this is no pull request: there is nothing to comment on'
        return
    fi
    owner=${GITHUB_REPOSITORY%%/*} name=${GITHUB_REPOSITORY#*/}
    # Two jobs that judge different paths have two comments.
    mark="<!-- palisade $(printf '%s\n' "${GITHUB_WORKFLOW:-}" "${GITHUB_JOB:-}" "${PALISADE_PATHS:-}" | digest | cut -c 1-16) -->"
    # Anybody can write the mark into a comment of their own: only those that this token wrote count.
    # shellcheck disable=SC2016 # the dollars are GraphQL's and jq's
    ids=$(MARK=$mark gh api graphql --paginate -f owner="$owner" -f name="$name" -F number="$number" -f query='
        query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
          repository(owner: $owner, name: $name) {
            pullRequest(number: $number) {
              comments(first: 100, after: $endCursor) {
                nodes { databaseId body viewerDidAuthor }
                pageInfo { hasNextPage endCursor }
              }
            }
          }
        }' --jq '.data.repository.pullRequest.comments.nodes[]
            | select(.viewerDidAuthor and (.body | startswith(env.MARK))) | .databaseId') || {
        echo '::warning title=palisade::the comments of the pull request could not be read'
        return
    }
    id=${ids%%$'\n'*}
    if [[ -z $id && ${PALISADE_FINDINGS:-0} == 0 ]]; then
        return
    fi
    printf '%s\n' "$mark" >"$body"
    cut_to "$COMMENT_BYTES_MAX" "$PALISADE_MARKDOWN" >>"$body"
    local method=POST path="repos/$GITHUB_REPOSITORY/issues/$number/comments"
    [[ -z $id ]] || method=PATCH path="repos/$GITHUB_REPOSITORY/issues/comments/$id"
    # A token of a fork's pull request may not write: the annotations and the summary say the same.
    jq --null-input --rawfile body "$body" '{body: $body}' |
        gh api --silent --method "$method" "$path" --input - ||
        printf '::warning title=palisade::the comment could not be written: the job needs pull-requests: write, and a fork has none\n'
}

case ${1:-} in
    find) find_program ;;
    build) build ;;
    check) check ;;
    comment) comment ;;
    *) fail 'ci/action.sh takes find, build, check or comment' ;;
esac
