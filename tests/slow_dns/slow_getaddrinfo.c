/* Preloaded in front of libc: every lookup takes 30 s and then fails, as with a resolver whose servers do not answer. */
#include <netdb.h>
#include <time.h>

int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** result)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)result;
    struct timespec left = {30, 0};
    while (nanosleep(&left, &left) != 0) {
    }
    return EAI_AGAIN;
}
