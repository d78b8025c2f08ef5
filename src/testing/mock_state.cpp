// Every decision of the mock endpoint that is not about bytes.
#include "testing/mock_state.hpp"

#include <algorithm>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace faceki::testing {
namespace {

constexpr std::size_t most_recorded = 10'000;
constexpr std::string_view unavailable =
    R"({"status":false,"message":"Service Unavailable","statusCode":503,"data":{}})";
constexpr std::string_view documented_401 = R"({"status":false,"message":"","statusCode":422,"data":{}})";
/// wait_until() looks again after this time even if nothing happened here: a condition may look at other things too.
constexpr std::chrono::milliseconds look_again{20};

std::string base64url(std::string_view bytes)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    text.reserve(bytes.size() * 4 / 3 + 2);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6)
            text += alphabet[(bits >> (count - 6)) & 0x3F];
    }
    if (count > 0)
        text += alphabet[(bits << (6 - count)) & 0x3F];
    return text;
}

template <class Entry>
void append(std::deque<Entry>& log, Entry entry)
{
    log.push_back(std::move(entry));
    if (log.size() > most_recorded)
        log.pop_front();
}

/// Milliseconds may be anything a caller typed; the sum with an instant must not overflow.
boot_clock::time_point later(boot_clock::time_point when, std::chrono::milliseconds by)
{
    constexpr std::chrono::milliseconds century = std::chrono::hours{24 * 365 * 100};
    return when + std::clamp(by, -century, century);
}

} // namespace

boot_clock::time_point endpoint_now() noexcept
{
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return boot_clock::time_point{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

mock_state::mock_state(const mock_options& options)
    : client_id_(options.client_id), client_secret_(options.client_secret), fail_rate_(options.fail_rate),
      lifetime_(options.lifetime), latency_(options.latency)
{
    if (!(fail_rate_ >= 0 && fail_rate_ <= 1)) // NaN, too
        throw std::invalid_argument("mock_options::fail_rate is not within 0…1");
}

std::size_t mock_state::read(const std::size_t& counter) const
{
    const std::scoped_lock lock(mutex_);
    return counter;
}

void mock_state::changed()
{
    ++events_;
    changed_.notify_all();
}

void mock_state::connection_opened(boot_clock::time_point at)
{
    const std::scoped_lock lock(mutex_);
    append(accept_times_, at);
    ++accepted_;
    ++open_;
    changed();
}

void mock_state::connection_closed()
{
    const std::scoped_lock lock(mutex_);
    --open_;
    changed();
}

void mock_state::bytes_received(std::size_t count)
{
    const std::scoped_lock lock(mutex_);
    request_bytes_ += count;
    changed();
}

planned_reply mock_state::token_requested(recorded_request request, const token_request_shape& shape,
                                          boot_clock::time_point arrival)
{
    planned_reply plan;
    plan.client_id = shape.client_id;
    const std::scoped_lock lock(mutex_);
    client_record& client = clients_[shape.client_id];
    ++requests_;
    ++client.requests;
    if (arrival < client.alive_until) {
        ++early_;
        ++client.early;
    }
    const bool known = client_id_.empty() || (shape.client_id == client_id_ && shape.client_secret == client_secret_);
    if (!shape.problem.empty()) {
        plan.reply.status = 400;
        plan.reply.body = R"({"status":false,"message":)" + quoted(shape.problem) + R"(,"statusCode":400,"data":{}})";
    } else if (!known) {
        plan.reply.status = 401;
        plan.reply.body = documented_401;
    } else if (!script_.empty()) {
        plan.reply = std::move(script_.front());
        script_.pop_front();
    } else if (fails_by_chance()) {
        plan.reply.status = 503;
        plan.reply.body = unavailable;
    }
    plan.wait = latency_ + plan.reply.delay;
    request.arrived = arrival;
    append(recorded_, std::move(request));
    changed();
    return plan;
}

std::string mock_state::issue(const planned_reply& plan, bool close)
{
    const mock_reply& reply = plan.reply;
    const std::scoped_lock lock(mutex_);
    if (reply.status < 200 || reply.status >= 300) {
        ++failed_;
        changed();
    }
    if (!reply.raw.empty())
        return reply.raw;
    std::optional<issued_token> token;
    std::string body = reply.body;
    if (reply.status == 200 && body.empty()) {
        token = issued_token{make_token(), lifetime_};
        body = R"({"responseCode":0,"data":{"access_token":)" + quoted(token->value) + R"(,"expires_in":)" +
               in_seconds(lifetime_) + R"(,"token_type":"Bearer"}})";
    } else if (reply.status >= 200 && reply.status < 300) {
        token = find_token(body);
    }
    std::string bytes = make_response(reply.status, reply.content_type, reply.fields, close, body);
    // A client cannot hold a token it did not get: the loss of a torn reply is no reason to call its next request
    // early.
    if (token && std::min(reply.cut_after, reply.stall_after) >= bytes.size())
        remember(plan.client_id, *token);
    return bytes;
}

bool mock_state::fails_by_chance()
{
    return std::bernoulli_distribution(fail_rate_)(random_);
}

bool mock_state::api_called(std::string_view bearer, boot_clock::time_point arrival)
{
    if (bearer.empty())
        return false;
    const std::scoped_lock lock(mutex_);
    const auto found = tokens_.find(std::string(bearer));
    const bool alive = found != tokens_.end() && arrival < found->second;
    ++presented_;
    if (!alive)
        ++dead_;
    changed();
    return alive;
}

/// Looks like the JWT of the vendor's sample: header, claims, the size of an RS256 signature; 850 characters.
std::string mock_state::make_token()
{
    constexpr std::size_t claims_size = 352;
    constexpr std::size_t signature_size = 256;
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz012345";
    std::string claims = R"({"jti":")" + std::to_string(++tokens_made_) + R"(","nonce":")";
    while (claims.size() < claims_size - 2)
        claims += letters[random_() >> 59];
    claims += R"("})";
    std::string signature;
    while (signature.size() < signature_size)
        signature += static_cast<char>(random_() >> 56);
    return base64url(R"({"alg":"RS256","typ":"JWT"})") + '.' + base64url(claims) + '.' + base64url(signature);
}

void mock_state::remember(const std::string& client_id, const issued_token& token)
{
    const boot_clock::time_point now = endpoint_now();
    if (tokens_.size() >= prune_at_) {
        // An expired token and an unknown one are refused alike.
        std::erase_if(tokens_, [now](const auto& entry) { return entry.second <= now; });
        prune_at_ = std::max<std::size_t>(4096, 2 * tokens_.size());
    }
    tokens_[token.value] = clients_[client_id].alive_until = later(now, token.lifetime);
}

void mock_state::script(mock_reply reply)
{
    const std::scoped_lock lock(mutex_);
    script_.push_back(std::move(reply));
}

void mock_state::set_lifetime(std::chrono::milliseconds lifetime)
{
    const std::scoped_lock lock(mutex_);
    lifetime_ = lifetime;
}

void mock_state::set_latency(std::chrono::milliseconds latency)
{
    const std::scoped_lock lock(mutex_);
    latency_ = latency;
}

void mock_state::revoke_all()
{
    const std::scoped_lock lock(mutex_);
    tokens_.clear();
    for (auto& [id, client] : clients_)
        client.alive_until = {};
}

std::vector<boot_clock::time_point> mock_state::accept_times() const
{
    const std::scoped_lock lock(mutex_);
    return {accept_times_.begin(), accept_times_.end()};
}

std::vector<recorded_request> mock_state::recorded() const
{
    const std::scoped_lock lock(mutex_);
    return {recorded_.begin(), recorded_.end()};
}

bool mock_state::wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) const
{
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    limit = std::min<std::chrono::milliseconds>(limit, std::chrono::hours{24 * 365}); // "for ever" must not overflow
    for (;;) {
        std::unique_lock lock(mutex_);
        const std::uint64_t seen = events_;
        lock.unlock(); // the condition calls the endpoint's own functions
        if (condition())
            return true;
        const auto left = limit - (clock::now() - start);
        if (left <= clock::duration::zero())
            return false;
        lock.lock();
        changed_.wait_for(lock, std::min<clock::duration>(left, look_again), [&] { return events_ != seen; });
    }
}

std::string mock_state::stats() const
{
    const std::scoped_lock lock(mutex_);
    return R"({"requests":)" + std::to_string(requests_) + R"(,"early":)" + std::to_string(early_) + R"(,"failed":)" +
           std::to_string(failed_) + R"(,"presented":)" + std::to_string(presented_) + R"(,"dead":)" +
           std::to_string(dead_) + R"(,"accepted":)" + std::to_string(accepted_) + R"(,"open":)" +
           std::to_string(open_) + "}";
}

std::string mock_state::stats_of(const std::string& client_id) const
{
    const std::scoped_lock lock(mutex_);
    const auto found = clients_.find(client_id);
    const client_record numbers = found == clients_.end() ? client_record{} : found->second;
    return R"({"requests":)" + std::to_string(numbers.requests) + R"(,"early":)" + std::to_string(numbers.early) + "}";
}

} // namespace faceki::testing
