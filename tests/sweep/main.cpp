// Each step of an exchange fails in each way: the named error, when, at what cost, and the call after it.
#define BOOST_TEST_MODULE sweep
#include <boost/test/unit_test.hpp>
