# page.awk makes a page of the berths: number, ship ("-" for none), length.
BEGIN {
	print "<!doctype html>\n<title>Berths</title>\n<link rel=stylesheet href=harbour.css>\n<table>"
}
{
	printf "<tr><td>%d</td><td>%s</td><td>%s</td></tr>\n", $1, $2 == "-" ? "free" : $2, $2 == "-" ? "" : $3 " m"
	free += $2 == "-"
}
END {
	printf "</table>\n<p>%d of %d berths are free.\n", free, NR
}
