// A way to exchange credentials for a token: what it is handed, what it does, and what is read of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace faceki::bench {

/// The server that all of them talk to, over TLS 1.3 on 127.0.0.1.
struct token_endpoint {
    std::uint16_t port = 0;
    std::string ca_pem;
    std::string ca_file; ///< the same, as a file
    /// What the server puts into its reply tells whether it resumed the connection's TLS session.
    std::string token_of_new_session;
    std::string token_of_resumed_session;

    static constexpr std::string_view target = "/auth/api/generate-token";
    static constexpr std::string_view client_id = "5f1d7e8a9b0c1d2e3f4a5b6c7";
    static constexpr std::string_view client_secret = "mB7xQ2vL9nR4tY6wK1pZ8cD3fG5hJ0sAeUiOaXbVdNgMqTrHyWk";
    static std::string request_body();
};

enum class connections {
    cold,    ///< a new one and a full handshake each time
    resumed, ///< a new one each time, which resumes the session of the one before
    kept,    ///< the same one each time
};

/// Times each exchange from begin() to end(), and checks what it got. The first is not counted: it opens the connection
/// that is kept, or earns the session that is resumed.
class stopwatch {
public:
    enum class reads { wall_clock, cpu_clock };

    stopwatch(const token_endpoint& endpoint, connections how, int exchanges, reads what = reads::wall_clock);

    /// True as long as one more exchange is wanted.
    bool wanted() const noexcept { return done_ != exchanges_; }
    void begin();
    /// `reply`: the token itself, or the text it stands in.
    void end(std::string_view reply);

    /// CPU time is that of the whole process, all threads. The server is a process of its own.
    double median_us();

private:
    std::chrono::nanoseconds now() const;

    const token_endpoint& endpoint_;
    const connections how_;
    const int exchanges_;
    const reads what_;
    int done_ = -1;
    std::vector<double> us_;
    std::chrono::nanoseconds begun_{};
};

class way {
public:
    virtual ~way() = default;
    /// Makes exchanges for as long as the stopwatch wants. May be called again: what is kept, is kept in between.
    virtual void run(stopwatch& timed) = 0;
};

using make_way = std::unique_ptr<way>(const token_endpoint&, connections);

make_way make_faceki;
make_way make_openssl;
make_way make_openssl_release_buffers; ///< an idle connection holds no record buffers
make_way make_curl;
make_way make_beast;
make_way make_httplib; ///< cannot resume sessions

} // namespace faceki::bench
