// expect: error: (no match for .operator<<.|invalid operands to binary expression) .*credentials

void use(const faceki::client_config& config)
{
#ifdef FACEKI_BAD
    std::cout << config.credentials;
#else
    std::cout << config.credentials.client_id();
#endif
}
