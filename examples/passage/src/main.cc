// Passage says how far it is from mark to mark of a chart, on which course, and how
// long it takes.
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iostream>
#include <system_error>

#include "passage.h"

namespace {

class UsageError : public std::runtime_error {
	using std::runtime_error::runtime_error;
};

Chart read_chart(const std::string &file)
{
	if (file == "-")
		return Chart(std::cin, "standard input");
	std::ifstream in(file);
	if (!in)
		throw std::system_error(errno, std::generic_category(), file);
	return Chart(in, file);
}

double parse_speed(const std::string &text)
{
	double knots = 0;
	const char *end = text.data() + text.size();
	const auto [rest, error] = std::from_chars(text.data(), end, knots);
	if (error != std::errc() || rest != end || !(knots > 0))
		throw UsageError(text + " is not a speed");
	return knots;
}

void run(const std::vector<std::string> &args)
{
	if (args.size() < 4)
		throw UsageError("it needs CHART KNOTS MARK MARK...");
	const double knots = parse_speed(args[1]);
	print(std::cout, plan(read_chart(args[0]), std::span(args).subspan(2)), knots);
	if (!std::cout.flush())
		throw std::runtime_error("cannot write");
}

}

int main(int argc, char **argv)
{
	try {
		run({argv + 1, argv + argc});
	} catch (const UsageError &e) {
		std::cerr << "passage: " << e.what() << '\n';
		return 2;
	} catch (const std::exception &e) {
		std::cerr << "passage: " << e.what() << '\n';
		return 1;
	}
	return 0;
}
