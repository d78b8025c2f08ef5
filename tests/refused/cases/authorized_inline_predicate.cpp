// expect: error: static assertion failed.*name the lambda first
// Only g++ before 13 needs this: it would destroy the captured string twice.

asio::awaitable<int> use(faceki::client& client, std::string word)
{
    auto call = [](faceki::access_token) -> asio::awaitable<int> { co_return 200; };
#ifdef FACEKI_BAD
    co_return co_await faceki::authorized(client, call, [word](int status) { return word == std::to_string(status); });
#else
    auto rejected = [word](int status) { return word == std::to_string(status); };
    co_return co_await faceki::authorized(client, call, rejected);
#endif
}
