// What users test their services with: the executor, the scripted endpoint, the world.
#define BOOST_TEST_MODULE kit
#include <boost/test/unit_test.hpp>
