// expect: error: no matching (function for call to .*async_token\(faceki::diagnostics|member function for call to)
// They are filled when the handler runs, long after a temporary is gone.

void use(faceki::client& client)
{
    auto done = [](faceki::error_code, const faceki::access_token&) {};
#ifdef FACEKI_BAD
    client.async_token(faceki::diagnostics{}, done);
#else
    static faceki::diagnostics details;
    client.async_token(details, done);
#endif
}
