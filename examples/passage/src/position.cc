#include "position.h"

#include <cmath>
#include <numbers>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace {

constexpr double earth_radius = 3440.065; // nautical miles

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

std::optional<double> coordinate(const std::string &text, char positive, char negative, double limit)
{
	std::istringstream in(text);
	char side, colon;
	unsigned degrees;
	double minutes;
	if (!(in >> side >> degrees >> colon >> minutes) || in.peek() != std::istringstream::traits_type::eof())
		return {};
	const double value = degrees + minutes / 60;
	if ((side != positive && side != negative) || colon != ':' || minutes < 0 || minutes >= 60 || value > limit)
		return {};
	return side == positive ? value : -value;
}

}

Position parse_position(const std::string &latitude, const std::string &longitude)
{
	const auto north = coordinate(latitude, 'N', 'S', 90);
	if (!north)
		throw std::invalid_argument(latitude + " is not a latitude");
	const auto east = coordinate(longitude, 'E', 'W', 180);
	if (!east)
		throw std::invalid_argument(longitude + " is not a longitude");
	return {*north, *east};
}

double distance(const Position &from, const Position &to)
{
	const double across = std::sin(radians(to.latitude - from.latitude) / 2);
	const double along = std::sin(radians(to.longitude - from.longitude) / 2);
	const double h = across * across + std::cos(radians(from.latitude)) * std::cos(radians(to.latitude)) * along * along;
	return 2 * earth_radius * std::asin(std::sqrt(h));
}

double course(const Position &from, const Position &to)
{
	const double a = radians(from.latitude), b = radians(to.latitude);
	const double turn = radians(to.longitude - from.longitude);
	const double east = std::sin(turn) * std::cos(b);
	const double north = std::cos(a) * std::sin(b) - std::sin(a) * std::cos(b) * std::cos(turn);
	return std::fmod(std::atan2(east, north) * 180 / std::numbers::pi + 360, 360);
}
