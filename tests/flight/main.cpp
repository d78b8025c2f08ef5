// The refresher in virtual time: no sleeps, no network; every instant is exact.
#define BOOST_TEST_MODULE flight
#include <boost/test/unit_test.hpp>
