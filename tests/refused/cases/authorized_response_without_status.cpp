// expect: error: static assertion failed.*: pass a predicate as third argument

struct response {
    std::string status_line;
};

asio::awaitable<response> call(faceki::access_token)
{
    co_return response{"HTTP/1.1 200 OK"};
}

asio::awaitable<void> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    co_await faceki::authorized(client, call);
#else
    auto rejected = [](const response& r) { return r.status_line.find(" 401 ") != std::string::npos; };
    co_await faceki::authorized(client, call, rejected);
#endif
}
