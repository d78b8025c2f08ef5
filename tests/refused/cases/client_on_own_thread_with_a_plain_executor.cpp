// expect: error: no matching function for call to .*basic_client<.*own_thread_t|error: no matching constructor
// The private thread's executor is an any_io_executor: an executor type that cannot hold it cannot be had.

#ifdef FACEKI_BAD
using client_type = faceki::basic_client<asio::io_context::executor_type>;
#else
using client_type = faceki::basic_client<asio::any_io_executor>;
#endif

void use(const faceki::client_config& config)
{
    client_type client(faceki::own_thread, config);
}
