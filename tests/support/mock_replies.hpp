// Scripted replies of the mock endpoint, in one expression.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <faceki/testing/mock_endpoint.hpp>

namespace faceki_test {

inline faceki::testing::mock_reply reply(int status, std::string body = "{}", std::vector<std::string> fields = {})
{
    faceki::testing::mock_reply r;
    r.status = status;
    r.body = std::move(body);
    r.fields = std::move(fields);
    return r;
}

/// These bytes in place of an HTTP reply.
inline faceki::testing::mock_reply raw_reply(std::string bytes)
{
    faceki::testing::mock_reply r;
    r.raw = std::move(bytes);
    return r;
}

} // namespace faceki_test
