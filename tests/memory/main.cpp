// Boost.Test's main() for the allocation failure sweeps.
#define BOOST_TEST_MODULE memory
#include <boost/test/unit_test.hpp>
