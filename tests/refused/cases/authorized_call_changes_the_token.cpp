// expect: error: static assertion failed.*call must be callable with an access_token

asio::awaitable<int> use(faceki::client& client)
{
#ifdef FACEKI_BAD
    auto call = [](faceki::access_token& token) -> asio::awaitable<int> {
#else
    auto call = [](faceki::access_token token) -> asio::awaitable<int> {
#endif
        token = {};
        co_return 200;
    };
    co_return co_await faceki::authorized(client, call);
}
