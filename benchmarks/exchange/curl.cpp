// Reference: libcurl's easy interface, one handle for all exchanges.
#include <curl/curl.h>

#include "exchange/way.hpp"
#include "harness/side_by_side.hpp"

namespace faceki::bench {
namespace {

std::size_t append(char* data, std::size_t, std::size_t size, void* reply)
{
    static_cast<std::string*>(reply)->append(data, size);
    return size;
}

class curl_way final : public way {
public:
    curl_way(const token_endpoint& endpoint, connections how) : body_(token_endpoint::request_body())
    {
        const std::string url =
            "https://127.0.0.1:" + std::to_string(endpoint.port) + std::string(token_endpoint::target);
        fields_ = curl_slist_append(fields_, "Content-Type: application/json");
        curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());
        curl_easy_setopt(easy_, CURLOPT_PROXY, "");
        curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy_, CURLOPT_CAINFO, endpoint.ca_file.c_str()); // read once: curl keeps it for a day
        curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, fields_);
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, body_.c_str());
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body_.size()));
        curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, append);
        curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &reply_);
        if (how != connections::kept) {
            curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
            curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
        }
        curl_easy_setopt(easy_, CURLOPT_SSL_SESSIONID_CACHE, how == connections::resumed ? 1L : 0L);
    }
    ~curl_way() override
    {
        curl_easy_cleanup(easy_);
        curl_slist_free_all(fields_);
    }
    curl_way(const curl_way&) = delete;
    curl_way& operator=(const curl_way&) = delete;

    void run(stopwatch& timed) override
    {
        while (timed.wanted()) {
            timed.begin();
            reply_.clear();
            require(curl_easy_perform(easy_) == CURLE_OK, "curl: perform");
            timed.end(reply_);
        }
    }

private:
    const std::string body_;
    std::string reply_;
    curl_slist* fields_ = nullptr;
    CURL* const easy_ = curl_easy_init();
};

} // namespace

std::unique_ptr<way> make_curl(const token_endpoint& endpoint, connections how)
{
    return std::make_unique<curl_way>(endpoint, how);
}

} // namespace faceki::bench
