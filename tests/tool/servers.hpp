// Peers that are no token endpoint: a port where nobody listens, a proxy that says one thing.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

namespace faceki_test {

/// A port of 127.0.0.1 that belongs to us and refuses connections.
class silent_port {
public:
    silent_port();
    ~silent_port();
    silent_port(const silent_port&) = delete;
    silent_port& operator=(const silent_port&) = delete;

    std::uint16_t number() const noexcept { return number_; }

private:
    std::uint16_t number_ = 0; // before the socket, whose making sets it
    int socket_ = -1;
};

/// Answers the first bytes of one connection, then ends it. Ends by itself after 10 s without one.
class one_answer {
public:
    explicit one_answer(std::string text);
    ~one_answer();
    one_answer(const one_answer&) = delete;
    one_answer& operator=(const one_answer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(number_); }

private:
    void serve() const;

    std::string text_;
    std::uint16_t number_ = 0; // before the socket, whose making sets it
    int socket_ = -1;
    std::thread thread_;
};

} // namespace faceki_test
