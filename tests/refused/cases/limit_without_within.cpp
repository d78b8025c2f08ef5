// expect: error: (could not convert|cannot convert|no viable conversion|no matching function).*(duration|token)
// A bare duration does not say whether it is a time-out or the life the token should have left.

asio::awaitable<void> use(faceki::client& client)
{
    using namespace std::chrono_literals;
#ifdef FACEKI_BAD
    co_await client.token(800ms);
#else
    co_await client.token(faceki::within(800ms));
#endif
}
