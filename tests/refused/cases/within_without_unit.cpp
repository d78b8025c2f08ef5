// expect: error: (could not convert|cannot convert|no viable conversion|no matching function).*(int|within)

asio::awaitable<void> use(faceki::client& client)
{
    using namespace std::chrono_literals;
#ifdef FACEKI_BAD
    co_await client.token(faceki::within(800));
#else
    co_await client.token(faceki::within(800ms));
#endif
}
