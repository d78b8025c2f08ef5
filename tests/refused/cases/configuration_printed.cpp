// expect: error: (no match for .operator<<.|invalid operands to binary expression) .*client_config
// It holds the credentials.

void use(const faceki::client_config& config)
{
#ifdef FACEKI_BAD
    std::cout << config;
#else
    std::cout << config.base_url;
#endif
}
