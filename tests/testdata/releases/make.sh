#!/bin/sh
# make.sh NAME PROGRAM MYSQL-URL CLIENT-ARGUMENTS...
# writes the folder NAME: what a database holds that this release has made and people have used, on both engines, and what those
# people hold. TestADatabaseOfEachReleaseMigrates starts today's program on every folder here. Run it once for each release, with
# its binary; the MySQL database must be empty, and the arguments let mariadb-dump reach it, its name last:
#
#   sh tests/testdata/releases/make.sh v1.0.0 ./gatehouse-v1.0.0 'mysql://root@/gh?socket=/tmp/my/s' -S /tmp/my/s -u root gh
set -eu
name=$1 program=$(realpath "$2") mysql=$3
shift 3
cd "$(dirname "$0")"
mkdir "$name"
cd "$name"

work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$work"' EXIT
"$program" secrets new "$work/secret" >/dev/null

# Lifetimes of ten years, so that nothing has ended when the tests run. The secret guards nothing but this folder.
cat >settings <<SETTINGS
GATEHOUSE_SECRET=$(cat "$work/secret")
GATEHOUSE_BCRYPT_COST=4
GATEHOUSE_ISSUER=http://localhost:3000
GATEHOUSE_AUDIENCE=http://localhost:3000
GATEHOUSE_REMEMBER_IDLE=87600h
GATEHOUSE_REMEMBER_LIFETIME=87600h
GATEHOUSE_FAMILY_LIFETIME=87600h
GATEHOUSE_REFRESH_TTL=87600h
GATEHOUSE_KEY_LIFETIME=87600h
GATEHOUSE_EVENT_LIFETIME=87600h
SETTINGS

for engine in sqlite mysql; do
  url=sqlite:$work/gatehouse.db
  [ $engine = sqlite ] || url=$mysql
  env $(cat settings) GATEHOUSE_DATABASE_URL="$url" GATEHOUSE_DATA_DIR="$work" GATEHOUSE_LISTEN=127.0.0.1:39123 "$program" serve >"$work/out" 2>&1 &
  pid=$!
  until curl -sf http://127.0.0.1:39123/readyz >/dev/null; do kill -0 $pid; sleep 0.1; done

  site=http://127.0.0.1:39123
  for who in ann bob; do
    curl -sfo /dev/null $site/api/users/signup -d email=$who@example.com -d 'password=correct horse battery'
  done
  curl -sfo /dev/null -c "$work/jar" $site/api/users/login -d email=ann@example.com -d 'password=correct horse battery' -d remember=true
  curl -sf $site/auth/login -d email=ann@example.com -d 'password=correct horse battery' >"$work/ann"
  curl -sf $site/auth/login -d email=bob@example.com -d 'password=correct horse battery' >"$work/bob"
  of() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$work/$2"; }
  curl -sfo /dev/null -X POST $site/auth/logout -H "Authorization: Bearer $(of accessToken bob)" # a row of the blacklist
  {
    echo "cookie=$(awk '$6 == "gatehouse" { print $7 }' "$work/jar")"
    echo "refresh=$(of refreshToken ann)"
    echo "ended=$(of refreshToken bob)"
  } >$engine.held
  kill $pid && wait $pid
  pid=
done

sqlite3 "$work/gatehouse.db" .dump >sqlite.sql
mariadb-dump --skip-comments --skip-extended-insert --hex-blob --skip-add-locks --skip-disable-keys "$@" | grep -v "^/\*" >mysql.sql # without what concerns the session
