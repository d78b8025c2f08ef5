// Real threads: whatever the interleaving, every waiter ends exactly once.
#define BOOST_TEST_MODULE stress
#include <boost/test/unit_test.hpp>
