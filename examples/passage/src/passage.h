#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "chart.h"

// The way from one mark to the next.
struct Leg {
	std::string from, to;
	double miles, course;
};

// Gives the legs between marks. Throws std::out_of_range for a mark that isn't there.
std::vector<Leg> plan(const Chart &chart, std::span<const std::string> marks);

void print(std::ostream &out, const std::vector<Leg> &legs, double knots);
