# Sourced by the scripts beside it, from the repository's root.
tools=${CARGO_TARGET_DIR:-target}/ci-tools
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# step HEADING COMMAND...: print the heading and the seconds it took; the output only when it fails.
step() {
  local heading=$1 started=$SECONDS
  shift
  printf -- '-- %s\n' "$heading"
  if "$@" >"$log" 2>&1; then
    printf '   ok, %d s\n' $((SECONDS - started))
  else
    cat "$log"
    printf '   FAILED, %d s: %s\n' $((SECONDS - started)) "$heading"
    return 1
  fi
}
