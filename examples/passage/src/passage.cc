#include "passage.h"

#include <cmath>
#include <iomanip>

namespace {

struct Duration {
	long minutes;
};

Duration at_speed(double miles, double knots) { return {std::lround(miles / knots * 60)}; }

std::ostream &operator<<(std::ostream &out, Duration d) { return out << d.minutes / 60 << " h " << d.minutes % 60 << " min"; }

}

std::vector<Leg> plan(const Chart &chart, std::span<const std::string> marks)
{
	std::vector<Leg> legs;
	for (std::size_t i = 1; i < marks.size(); i++) {
		const Position &from = chart.at(marks[i - 1]), &to = chart.at(marks[i]);
		legs.push_back({marks[i - 1], marks[i], distance(from, to), course(from, to)});
	}
	return legs;
}

void print(std::ostream &out, const std::vector<Leg> &legs, double knots)
{
	double miles = 0;
	out << std::fixed << std::setprecision(1);
	for (const Leg &leg : legs) {
		out << leg.from << " to " << leg.to << ": " << leg.miles << " miles, course " << std::lround(leg.course) % 360
		    << ", " << at_speed(leg.miles, knots) << '\n';
		miles += leg.miles;
	}
	out << "in all " << miles << " miles, " << at_speed(miles, knots) << '\n';
}
