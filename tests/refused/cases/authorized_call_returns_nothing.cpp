// expect: error: static assertion failed.*call must return the response, or its status

#ifdef FACEKI_BAD
asio::awaitable<void> call(faceki::access_token)
{
    co_return;
}
#else
asio::awaitable<int> call(faceki::access_token)
{
    co_return 200;
}
#endif

asio::awaitable<void> use(faceki::client& client)
{
    co_await faceki::authorized(client, call);
}
