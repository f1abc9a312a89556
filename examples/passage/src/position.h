#pragma once

#include <string>

// A place on earth in degrees, north and east positive.
struct Position {
	double latitude, longitude;
};

// Reads coordinates such as N53:52.4 and E8:42.5. Throws std::invalid_argument.
Position parse_position(const std::string &latitude, const std::string &longitude);

// The great circle's length in nautical miles.
double distance(const Position &from, const Position &to);

// The course in degrees from north that it starts with.
double course(const Position &from, const Position &to);
