# bundle.sh makes a page of the lights, and one small style sheet, in a folder.
set -eu
out=$1
mkdir -p "$out"
{
	echo '<!doctype html><title>Lights</title><link rel=stylesheet href=bundle.css>'
	while read -r character name; do
		echo "<p class=light>$name, $(echo "$character" | tr _ ' ')"
	done <lights.txt
} >"$out/index.html"
cat ./*.css | tr -d ' \n' >"$out/bundle.css"
