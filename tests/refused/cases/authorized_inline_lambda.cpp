// expect: error: static assertion failed.*name the lambda first
// Only g++ before 13 needs this: it would destroy the captured string twice.

asio::awaitable<int> use(faceki::client& client, std::string target)
{
#ifdef FACEKI_BAD
    co_return co_await faceki::authorized(
        client, [target](faceki::access_token) -> asio::awaitable<int> { co_return target.empty() ? 404 : 200; });
#else
    auto call = [target](faceki::access_token) -> asio::awaitable<int> { co_return target.empty() ? 404 : 200; };
    co_return co_await faceki::authorized(client, call);
#endif
}
