#!/bin/sh
# What an engine without an SDK does, by curl alone: sends events, and reads what became of each.
# Usage: events.sh [stack.json]   of a running `npm start`; .local/stack.json unless told otherwise
set -eu

stack=${1:-.local/stack.json}
[ -r "$stack" ] || { echo "there is no $stack: run npm start first, or name its stack.json" >&2; exit 1; }

# One value of the file, which has a field a line.
value() { sed -n 's/^ *"'"$1"'": "\([^"]*\)".*/\1/p' "$stack"; }
url=$(value url)
game=$(value game)

# A key on a command line would show in every list of processes, so curl reads it from a file.
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
chmod 600 "$headers"
as() { printf 'Authorization: Bearer %s\n' "$(value "$1")" >"$headers"; }

post() { curl -sS -H @"$headers" -H 'Content-Type: application/json' -w '\n' "$@" "$url/v1/events"; }

# What every event carries; the rest is its type's own. Without an event_id the same event sent again, in the same second, is a duplicate.
event() {
  printf '{"event_type":"%s","user_id":"curl-player","session_id":"curl-session","platform":"linux","app_version":"1.0.0","timestamp":"%s",%s}' \
    "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2"
}

as write

echo '# One event'
event install '"source":"organic"' | post -d @-

echo '# A batch, with an event that is wrong: the others are taken, and the answer says which it was, why, and what to do'
purchase='"product_id":"gems","product_name":"Gems","currency":"EUR","store":"steam"'
printf '[%s,%s,%s]' \
  "$(event progression '"status":"start","level":"world1/level1"')" \
  "$(event purchase "$purchase"',"price":"4.99"')" \
  "$(event purchase "$purchase"',"price":"a lot"')" | post -d @-

echo '# A batch, compressed'
printf '[%s,%s]' \
  "$(event resource '"flow":"source","resource":"gold","amount":50')" \
  "$(event progression '"status":"complete","level":"world1/level1","score":1200')" |
  gzip | post -H 'Content-Encoding: gzip' --data-binary @-

echo '# What the queue says: how much waits, how delivery goes, and what became of everything so far'
as read
curl -sS -H @"$headers" -w '\n' "$url/v1/games/$game/queue"
