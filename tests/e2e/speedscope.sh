#!/bin/sh
# What `recount export --to speedscope` writes passes speedscope's own schema, and its own viewer shows it. A file with
# one weight too many must be refused by the viewer: it shows an error when there is one.
set -eu
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

skip() {
    echo "skipped: $*"
    exit 77
}
command -v npm >/dev/null || skip "there is no npm"
browser=$(command -v chromium || command -v chromium-browser) || skip "there is no chromium"
npm install --no-audit --no-fund speedscope ajv >npm.log 2>&1 || skip "npm could not install speedscope and ajv"
viewer=$work/node_modules/speedscope/dist/release

fail() {
    echo "$*"
    exit 1
}

cat >check.js <<'END'
const fs = require('fs'), Ajv = require('ajv');
const [schema, profile] = process.argv.slice(2).map(file => JSON.parse(fs.readFileSync(file)));
const check = new (Ajv.default || Ajv)({strict: false}).compile(schema);
if (!check(profile)) { console.log(check.errors); process.exit(1); }
const found = profile.profiles.some(one => one.samples.some(stack =>
    stack.map(frame => profile.shared.frames[frame].name).join(';').startsWith('main;outer;inner')));
if (!found) { console.log('no sample in main;outer;inner'); process.exit(1); }
END

# show FILE: the page that the viewer makes of it.
show() {
    { printf 'speedscope.loadFileFromBase64("%s","' "$1"; base64 -w0 "$1"; printf '")'; } >load.js
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --use-angle=swiftshader --enable-unsafe-swiftshader \
        --user-data-dir="$work/browser" --virtual-time-budget=10000 --dump-dom \
        "file://$viewer/index.html#localProfilePath=$work/load.js" 2>browser.log
}

"$recount" cc -O1 -g "$here/programs/speedscope.c" -o speedscope-program
"$recount" record -o profile.data -- ./speedscope-program
"$recount" export --to speedscope -i profile.data -o profile.json
node check.js "$viewer/file-format-schema.json" profile.json || fail "the schema refuses it"
show profile.json >good.html || fail "the browser failed: $(tail -n 3 browser.log)"
sed 's/"weights":\[/"weights":[1,/' profile.json >broken.json
show broken.json >bad.html || fail "the browser failed: $(tail -n 3 browser.log)"
grep -q 'Something went wrong' bad.html || fail "the viewer shows a broken file without an error"
! grep -q 'Something went wrong' good.html || fail "the viewer shows an error"
grep -q '<title>\./speedscope-program - speedscope' good.html || fail "the viewer does not show the profile's name"
echo "schema and viewer accept it"
