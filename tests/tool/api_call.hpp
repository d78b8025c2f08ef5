// A call to the endpoint's API routes, as a user's program makes it with the token.
#pragma once

#include <string>
#include <string_view>

namespace faceki_test {

/// The status of GET /kycrules/api/kycrules with this Authorization field; 0 = no answer.
int api_status(const std::string& base_url, const std::string& ca_pem, std::string_view authorization);

} // namespace faceki_test
