// Unit tests of src/wire: bytes in, values out. This file only holds the module's main().
#define BOOST_TEST_MODULE unit
#include <boost/test/unit_test.hpp>
