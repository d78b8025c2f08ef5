/* Preloaded in front of libc: a name service that needs no network. "slow.example.test" takes 30 s, no other name exists. */
#include <netdb.h>
#include <string.h>
#include <time.h>

int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** result)
{
    struct timespec left = {30, 0};
    (void)service;
    (void)hints;
    (void)result;
    if (node != NULL && strcmp(node, "slow.example.test") == 0)
        while (nanosleep(&left, &left) != 0) {
        }
    return EAI_NONAME;
}
