// expect: error: static assertion failed.*: pass a predicate as third argument
// A `status` that is true or false never equals 401: the rejection would go unseen.

struct response { // the API's V3 envelope
#ifdef FACEKI_BAD
    bool status;
#else
    int status;
#endif
};

asio::awaitable<response> call(faceki::access_token)
{
    co_return response{};
}

asio::awaitable<void> use(faceki::client& client)
{
    co_await faceki::authorized(client, call);
}
