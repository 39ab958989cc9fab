# shellcheck shell=bash
# Sourced: finds a JDK that can run Mouthpiece.

# Prints the major version of a java executable, or nothing.
mouthpiece_java_version() {
  "$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = \([0-9]*\).*/\1/p'
}

# Prints the path of a java of version 25 or newer; says on standard error what to do where there is none.
mouthpiece_java() {
  local candidate version
  local -a candidates=()
  [ -n "${JAVA_HOME:-}" ] && candidates+=("$JAVA_HOME/bin/java")
  command -v java >/dev/null 2>&1 && candidates+=("$(command -v java)")
  if [ -x /usr/libexec/java_home ]; then
    candidate=$(/usr/libexec/java_home -v 25+ 2>/dev/null) && candidates+=("$candidate/bin/java")
  fi
  for candidate in /usr/lib/jvm/*/bin/java /opt/java/*/bin/java /opt/jdk*/bin/java "$HOME"/.sdkman/candidates/java/*/bin/java "$HOME"/.jdks/*/bin/java; do
    [ -x "$candidate" ] && [ -x "${candidate%/java}/javac" ] && candidates+=("$candidate")
  done
  # The folder's name tells most versions without starting them: those that look new come first.
  for candidate in $(printf '%s\n' "${candidates[@]}" | awk '/(2[5-9]|[3-9][0-9])/ {print "0 " $0; next} {print "1 " $0}' | sort -s -k1,1 | cut -d' ' -f2-); do
    [ -x "$candidate" ] || continue
    version=$(mouthpiece_java_version "$candidate")
    if [ -n "$version" ] && [ "$version" -ge 25 ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  echo "mouthpiece: needs a JDK of version 25 or newer, and found none (looked at JAVA_HOME, PATH, /usr/lib/jvm, /opt, ~/.sdkman, ~/.jdks):" \
    "install one, for instance Eclipse Temurin 25 (package temurin-25-jdk; or: sdk install java 25-tem), or set JAVA_HOME" >&2
  return 1
}

# Prints the Maven to use: an installed one of version 3.8 or newer, else the wrapper, which fetches its own.
mouthpiece_maven() {
  local version
  if command -v mvn >/dev/null 2>&1; then
    version=$(mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -1)
    # shellcheck disable=SC2086
    set -- ${version:-0 0}
    if [ "$1" -gt 3 ] || { [ "$1" -eq 3 ] && [ "$2" -ge 8 ]; }; then
      command -v mvn
      return 0
    fi
  fi
  printf '%s\n' "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/mvnw"
}
