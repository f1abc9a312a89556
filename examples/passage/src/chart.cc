#include "chart.h"

#include <sstream>

ChartError::ChartError(const std::string &file, int line, const std::string &what)
	: std::runtime_error(file + ", line " + std::to_string(line) + ": " + what)
{
}

Chart::Chart(std::istream &in, const std::string &file)
{
	std::string line;
	for (int number = 1; std::getline(in, line); number++) {
		try {
			add(line);
		} catch (const std::invalid_argument &e) {
			throw ChartError(file, number, e.what());
		}
	}
	if (in.bad())
		throw std::runtime_error(file + ": cannot be read");
}

void Chart::add(const std::string &line)
{
	std::istringstream words(line);
	std::string name, latitude, longitude, more;
	if (!(words >> name) || name.front() == '#')
		return;
	if (!(words >> latitude >> longitude) || words >> more)
		throw std::invalid_argument(name + " wants a latitude and a longitude");
	try {
		marks[name] = parse_position(latitude, longitude);
	} catch (const std::invalid_argument &e) {
		throw std::invalid_argument(name + ": " + e.what());
	}
}

const Position &Chart::at(const std::string &mark) const
{
	const auto found = marks.find(mark);
	if (found == marks.end())
		throw std::out_of_range("no mark " + mark + " on this chart");
	return found->second;
}
