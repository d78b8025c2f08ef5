// Real TLS over 127.0.0.1: the client against the kit's endpoint, and the kit against a raw client.
#define BOOST_TEST_MODULE integration
#include <boost/test/unit_test.hpp>
