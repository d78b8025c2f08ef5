// Secrets: in nothing that a client or the tool says, whatever goes wrong and however the server spells them.
#define BOOST_TEST_MODULE secrets
#include <boost/test/unit_test.hpp>
