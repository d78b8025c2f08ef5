// The kit's endpoint with TLS 1.3, with TLS 1.2 and without TLS: a script must mean the same in each.
#pragma once

#include <boost/test/unit_test.hpp>

#include <faceki/testing/mock_endpoint.hpp>

#include "raw_client.hpp"

namespace faceki_test {

inline raw::options plain()
{
    raw::options want;
    want.plain = true;
    return want;
}

struct flavour {
    const char* name;
    bool plain_http;
    const char* max_tls_version;

    faceki::testing::mock_options options() const
    {
        faceki::testing::mock_options made;
        made.plain_http = plain_http;
        made.max_tls_version = max_tls_version;
        return made;
    }
    raw::options client() const { return plain_http ? plain() : raw::options{}; }
};

inline constexpr flavour flavours[] = {{"TLS 1.3", false, ""}, {"TLS 1.2", false, "TLSv1.2"}, {"plain", true, ""}};

template <class Test>
void with_each_flavour(Test test)
{
    for (const flavour& f : flavours)
        BOOST_TEST_CONTEXT(f.name)
        {
            test(f);
        }
}

} // namespace faceki_test
