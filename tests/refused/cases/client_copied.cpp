// expect: error: use of deleted function .*basic_client\(const .*&\)|error: call to .*deleted.*client
// Clients are not copied: one is shared by reference, so that all who use it share its one request.

void use(asio::io_context& io, const faceki::client_config& config)
{
    faceki::client client(io.get_executor(), config);
#ifdef FACEKI_BAD
    faceki::client second = client;
#else
    faceki::client& second = client;
#endif
    second.close();
}
