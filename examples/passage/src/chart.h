#pragma once

#include <istream>
#include <map>
#include <stdexcept>
#include <string>

#include "position.h"

// A chart's file that makes no sense, and where in it.
class ChartError : public std::runtime_error {
public:
	ChartError(const std::string &file, int line, const std::string &what);
};

// Marks with names.
class Chart {
public:
	// Reads lines of a name, a latitude and a longitude. Throws ChartError, or another
	// std::runtime_error if they can't be read.
	Chart(std::istream &in, const std::string &file);

	// Gives the place of a mark. Throws std::out_of_range if there is none.
	const Position &at(const std::string &mark) const;

private:
	void add(const std::string &line);

	std::map<std::string, Position> marks;
};
