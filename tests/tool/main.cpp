// The tool: contract of its command line, exit codes, output and errors.
#define BOOST_TEST_MODULE tool
#include <boost/test/unit_test.hpp>
