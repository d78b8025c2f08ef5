// A client that holds a token for an hour.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <asio/io_context.hpp>

#include <faceki/refresher.hpp>
#include <faceki/testing/scripted_source.hpp>

#include "harness/side_by_side.hpp"

namespace faceki::bench {

/// 850 characters, as the vendor's tokens have.
inline const std::string token_text(850, 'x');

struct warm_client {
    warm_client()
    {
        source->grant(token_text, std::chrono::hours(1));
        client.async_token([](std::error_code failed, const access_token& token) {
            require(!failed && token.value() == token_text, "the token to be cached");
        });
        io.run();
        io.restart();
    }

    asio::io_context io{1};
    std::shared_ptr<testing::scripted_source> source = std::make_shared<testing::scripted_source>();
    refresher client{io.get_executor(), refresher_config{}, source};
};

} // namespace faceki::bench
